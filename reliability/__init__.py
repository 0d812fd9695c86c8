"""What a session survives, shown by doing it: kills, failing disks, damaged files, load."""
