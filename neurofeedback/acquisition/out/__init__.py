"""What is fed back, out to programs of others: games, web pages, stimulus software.

`news` decides what of a frame may leave the program at all, `address` where to. `lsl`, `osc` and
`websocket` send it; they are alike (`news.Outlet`), and none ever keeps a session waiting.
"""
