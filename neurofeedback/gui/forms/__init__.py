"""Questionnaires, the safety prompt and the debrief.

`scales_page` asks one questionnaire after the other (`scale_form` with `scale_presenter`;
`mood_sliders` for scales made of lines) and keeps each. `safety` holds the prompt until it is read.
`debrief` with `debrief_presenter` is the page after a session.
"""
