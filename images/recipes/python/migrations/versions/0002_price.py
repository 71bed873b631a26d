import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "0001"


def upgrade():
    op.add_column("books", sa.Column("price", sa.Integer))
    op.create_index("books_title", "books", ["title"])


def downgrade():
    op.drop_index("books_title")
    op.drop_column("books", "price")
