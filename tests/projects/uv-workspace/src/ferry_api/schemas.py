import datetime

from pydantic import BaseModel


class SailingOut(BaseModel):
    leaves: datetime.time
    to: str
    winter: bool
