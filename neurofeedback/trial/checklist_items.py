"""The boxes of the CRED-nf checklist.

Responsible for which there are, in the words of this program. Not responsible for filling them
(`trial.checklist`).

The consensus has 23 lettered items; the authors' tool asks 2c for those who rate and for those who
analyse, which makes 24 boxes. `key` is the tool's name of a box, and `choices` are the answers that
it offers, so that what is filled here can be chosen and pasted there: the tool reads no files.

References
----------
Ros T et al. (2020), Consensus on the reporting and experimental design of clinical and
cognitive-behavioural neurofeedback studies (CRED-nf checklist), 10.1093/brain/awaa009.
Pedder H, Thibault RT (2020), the online tool, https://github.com/hugaped/CRED-nf.
"""

from __future__ import annotations

from dataclasses import dataclass

from neurofeedback.words.message import Message

_YES_NO = ("No", "Yes")
_ONE_GROUP = ("No", "Yes", "Not applicable, there was only one participant group")
_NO_BEHAVIOUR = "Not applicable, the study does not take cognitive or behavioural measures"
DOUBLE_BLIND = "Yes, and a double-blind was used"

DOMAINS = (
    Message("Before the experiment"),
    Message("Control groups"),
    Message("Control measures"),
    Message("Feedback specifications"),
    Message("Outcome measures: brain"),
    Message("Outcome measures: behaviour"),
    Message("Data storage"),
)


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the checklist.

    Parameters
    ----------
    key : str
        What the authors' tool calls it.
    text : Message
        What is asked for.
    choices : tuple of str
        The answers that the authors' tool offers.
    """

    key: str
    text: Message
    choices: tuple[str, ...] = _YES_NO

    @property
    def number(self) -> str:
        """Number of the published item."""
        return self.key[:2]

    @property
    def domain(self) -> Message:
        """Part of the checklist."""
        return DOMAINS[int(self.key[0]) - 1]


BOXES = (
    Box("1a", Message("Register the protocol and the planned analyses beforehand.")),
    Box("1b", Message("Justify the size of the sample.")),
    Box("2a", Message("Employ a control group or a control condition.")),
    Box(
        "2b",
        Message("Where the design allows for a double-blind, use one."),
        ("No", "Yes, but a double-blind was not used", DOUBLE_BLIND),
    ),
    Box("2c.rater", Message("Blind those who rate the outcomes."), _ONE_GROUP),
    Box("2c.stat", Message("Blind those who analyse the data, where possible."), _ONE_GROUP),
    Box(
        "2d",
        Message("Examine to what extent participants and experimenters remain blinded."),
        ("No", "Yes", "Not applicable"),
    ),
    Box(
        "2e",
        Message("In studies of clinical efficacy, compare with a group in standard care."),
        (
            "No",
            "Yes, and a standard-of-care intervention group was not used as a benchmark for "
            "improvement",
            "Yes, and a standard-of-care intervention group was used as a benchmark for "
            "improvement",
        ),
    ),
    Box("3a", Message("Collect data on psychosocial factors.")),
    Box("3b", Message("Report whether participants were given a strategy.")),
    Box("3c", Message("Report the strategies that participants used.")),
    Box(
        "3d",
        Message("Report how data were processed and artefacts corrected online."),
    ),
    Box("3e", Message("Report effects of condition and group on artefacts.")),
    Box("4a", Message("Report how the online feature was extracted.")),
    Box("4b", Message("Report and justify the reinforcement schedule.")),
    Box("4c", Message("Report modality and content of the feedback.")),
    Box(
        "4d",
        Message(
            "Collect and report all brain variables and contrasts used for feedback, as they were "
            "displayed."
        ),
    ),
    Box("4e", Message("Report hardware and software.")),
    Box("5a", Message("Report regulation success, based on the feedback signal.")),
    Box(
        "5b",
        Message(
            "Plot the feedback variable within and between sessions, and resting baselines or "
            "contrasts before and after."
        ),
        ("No", "Partially", "Yes"),
    ),
    Box(
        "5c",
        Message("Compare the experimental group with the control group statistically."),
        _ONE_GROUP,
    ),
    Box(
        "6a",
        Message(
            "Include measures of clinical or behavioural significance, defined beforehand, and say "
            "whether they were reached."
        ),
        (
            "No",
            "Yes, and the measure was defined a priori",
            "Yes, and the measure was not defined a priori",
            _NO_BEHAVIOUR,
        ),
    ),
    Box(
        "6b",
        Message("Correlate regulation success with behavioural outcomes."),
        ("No", "Yes", _NO_BEHAVIOUR),
    ),
    Box(
        "7a",
        Message(
            "Upload materials, analysis scripts, code, raw data and final values to an open "
            "repository, where feasible."
        ),
    ),
)
