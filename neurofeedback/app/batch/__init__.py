"""Many recordings through the engine, or measured, into one table.

- `work` says what is done to each recording and does it: the one way from a file to its rows.
- `kept` keeps the rows of each recording under a digest of all they depend on, so that work that
  is done is never done again; `tables` has the columns and writes the table.
- `pool` shares work among processes of this computer or a Dask cluster; `run` puts it together.
"""
