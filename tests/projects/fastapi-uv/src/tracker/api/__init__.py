from tracker.api.parcels import router

__all__ = ["router"]
