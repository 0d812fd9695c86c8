"""The command line: thin commands over the packages below.

`main` names the commands; each lives in a module of its own, imported when it is called (`lazy`).
`boundary` is the edge: a `UserError` becomes one sentence and status 2, a defect leaves a log file
and status 1. `sessions.drive` runs a prepared session in windows or as text, and turns SIGINT,
SIGTERM and SIGHUP into a clean end. OpenBLAS is asked for one thread unless the user has chosen:
the products are small, and threads only wait for each other.
"""
