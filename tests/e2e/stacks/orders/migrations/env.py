from alembic import context
from orders.main import metadata
from orders.settings import settings
from sqlalchemy import create_engine

with create_engine(settings.database_url).connect() as connection:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()
