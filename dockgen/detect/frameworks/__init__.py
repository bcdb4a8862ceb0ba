"""Framework families whose applications are no objects made by a call: one file each."""
