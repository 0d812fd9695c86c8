"""The operator's desk: one step of a session after the other, and what lies beside the steps.

`steps` says by a table which step follows which. Until a recording starts the person leads, through
`visit.preparation`; from then on the session leads, and `visit.conduct` follows its status. Both
change the `visit.visit` (who, which session, which step) and put their pages into `visit.pages`,
which shows them and calls nobody back. `window` joins the three and has the keys, `session` has the
panels of a session while it runs, `beside_steps` what lies beside the steps.

A page that is made for one use (questionnaire, debrief, summary) stays while another lies over it,
and is left through its own ``leave``, so that no prompt is passed by. A page that comes by itself
takes no keys until the hands have come to rest (`page_guard`).

Pages are widgets with signals over models without Qt: `settings_page` over `settings.editor`,
`participant_page` over `app.participants`, `recovery_page` over `app.recovery`.
"""
