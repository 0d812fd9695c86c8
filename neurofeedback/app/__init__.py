"""What commands and windows share: services, sessions, and what is said of them.

`services` is what windows ask the program for, `sessions` puts settings where commands make their
defaults. `batch` takes many recordings through the engine into one table. `participants`,
`unfinished` and `recovery`, `due_scales`, `debrief` and `drafts` are the work around a session,
without windows: a page of `gui` is a widget with signals over one of them. `debrief` puts what was
entered beside the session and then into the index; `drafts` keeps it until then. `indexing` and
`audit_queue` write to the index from a thread of their own. `states` and `summary_text` (with
`summary_headline`, `summary_numbers`) put states and summaries into words; `summary_messages` makes
the sentences of a recorded session again, for other languages. `help` has the guide, terms and
parts of the program, `own` the protocols of this user.
"""
