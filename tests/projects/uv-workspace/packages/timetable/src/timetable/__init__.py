from timetable.plan import HARBOURS, Sailing, sailings

__all__ = ["HARBOURS", "Sailing", "sailings"]
