import os

bind = f"0.0.0.0:{os.environ.get('PORT', '3000')}"
workers = 1
threads = 8
# Longer than a gateway keeps an idle connection, so that it is never this side that closes it.
keepalive = 300
# Requests under way when SIGTERM comes.
graceful_timeout = 30
# It would be in the home folder, which cannot be written.
control_socket_disable = True
