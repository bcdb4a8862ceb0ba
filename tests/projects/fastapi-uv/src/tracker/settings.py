from functools import lru_cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="TRACKER_", env_file=".env", extra="ignore")

    depot: str = "Rotterdam"
    max_parcels: int = Field(default=1000, gt=0)
    debug: bool = False


@lru_cache
def get_settings() -> Settings:
    return Settings()
