package recipe;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;
import org.flywaydb.core.Flyway;

/** A book of orders: a pool that opens all its connections at the start, and Flyway before the first request. */
public final class Main {
  /** Longer than a gateway keeps an idle connection, so that it is never this side that closes it. */
  private static final long KEEP_ALIVE_MS = 300_000;
  /** Requests under way when SIGTERM comes. */
  private static final long STOP_MS = 30_000;

  private Main() {}

  public static void main(String[] args) throws Exception {
    HikariDataSource pool = new HikariDataSource(settings());
    // It has a lock of the database, so that several instances may start at once.
    Flyway.configure().dataSource(pool).load().migrate();

    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setHost(setting("SERVER_ADDRESS", null));
    connector.setPort(Integer.parseInt(setting("PORT", "3000")));
    connector.setIdleTimeout(KEEP_ALIVE_MS);
    server.addConnector(connector);
    server.setHandler(new GracefulHandler(new Orders(pool)));
    server.setStopTimeout(STOP_MS);
    server.start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server, pool)));
  }

  /** The password is in PASSWORD_FILE, or PGPASSWORD: the driver itself reads neither. */
  private static HikariConfig settings() throws IOException {
    String file = setting("PASSWORD_FILE", null);
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(
        "jdbc:postgresql://" + setting("PGHOST", "localhost") + ":" + setting("PGPORT", "5432") + "/" + setting("PGDATABASE", "app"));
    config.setUsername(setting("PGUSER", "app"));
    config.setPassword(file == null ? setting("PGPASSWORD", null) : Files.readString(Path.of(file)));
    config.setMaximumPoolSize(Integer.parseInt(setting("POOL_SIZE", "5")));
    // A request waits so long for a connection, also when each login is refused at once: far less than the usual 30 s.
    config.setConnectionTimeout(Long.parseLong(setting("CONNECTION_TIMEOUT_MS", "5000")));
    config.addDataSourceProperty("sslmode", "verify-full");
    String authorities = setting("PGSSLROOTCERT", null);
    if (authorities == null) {
      config.addDataSourceProperty("sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory");
    } else {
      config.addDataSourceProperty("sslrootcert", authorities);
    }
    return config;
  }

  private static String setting(String name, String otherwise) {
    return System.getenv().getOrDefault(name, otherwise);
  }

  private static void stop(Server server, HikariDataSource pool) {
    try {
      server.stop();
    } catch (Exception error) {
      System.err.println("cannot stop: " + error.getMessage());
    }
    pool.close();
  }

  private static final class Orders extends Handler.Abstract {
    private final HikariDataSource pool;

    Orders(HikariDataSource pool) {
      this.pool = pool;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      switch (Request.getPathInContext(request)) {
        case "/" -> home(response, callback);
        case "/health" -> send(response, 200, "{\"alive\":true}", callback);
        default -> send(response, 404, "{\"error\":\"not found\"}", callback);
      }
      return true;
    }

    private void home(Response response, Callback callback) {
      try (var connection = pool.getConnection();
          var statement = connection.createStatement();
          var rows = statement.executeQuery("select count(*) from orders")) {
        rows.next();
        send(response, 200, "{\"orders\":" + rows.getLong(1) + "}", callback);
      } catch (SQLException error) {
        // When no connection could be had in time, the reason of the last try is below.
        Throwable reason = error.getCause() instanceof SQLException cause ? cause : error;
        System.err.println("request failed: " + error.getSQLState() + " " + reason.getMessage());
        send(response, 503, "{\"error\":\"try again\"}", callback);
      }
    }

    private static void send(Response response, int status, String body, Callback callback) {
      response.setStatus(status);
      response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
      Content.Sink.write(response, true, body + "\n", callback);
    }
  }
}
