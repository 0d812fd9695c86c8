"""What the operator's desk asks of the program: streams, sessions, index, recordings.

Responsible for putting them together from the same parts that the commands use. Not responsible for
windows. Loads what it needs when it is asked. A `UserError` is shown as its sentence.

Longer than most modules: one door for everything the desk asks, each a few lines that put parts
together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from neurofeedback.app.own.protocols import own_folder, own_protocols
from neurofeedback.errors import UserError
from neurofeedback.settings.amplifiers import Amplifiers

if TYPE_CHECKING:
    from neurofeedback.acquisition.lsl import StreamSummary
    from neurofeedback.acquisition.lsl.markers import MarkerStreams
    from neurofeedback.acquisition.replay import ReplaySource
    from neurofeedback.acquisition.source import Source
    from neurofeedback.app.debrief import DebriefContext
    from neurofeedback.app.drafts import AnswerDrafts, SessionNote, TextDraft
    from neurofeedback.app.overview import Everybody
    from neurofeedback.app.own.form import Answers
    from neurofeedback.app.participants import Participants
    from neurofeedback.app.progress import ProgressReader
    from neurofeedback.app.recovery import Recovery
    from neurofeedback.frames import FeedbackFrame
    from neurofeedback.protocols.spec import ProtocolSpec
    from neurofeedback.recording.layout import SessionLayout
    from neurofeedback.scales.instrument import Instrument
    from neurofeedback.scales.keeping import ResponseStore
    from neurofeedback.session.explain.protocol import Explanation
    from neurofeedback.session.explain.simulate import Simulation
    from neurofeedback.session.prepare import PreparedSession
    from neurofeedback.session.runner import SessionRunner
    from neurofeedback.session.sources import StreamChoice
    from neurofeedback.store.care import Plan
    from neurofeedback.store.index import Index
    from neurofeedback.store.place import Place
    from neurofeedback.words.message import Message

SEARCH_SECONDS = 1.0
REPLAYED = "replay"  # code under which a protocol is run over a recording
FIRST = "faa-demo"  # short, and at home on the synthetic participant


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """What was asked for.

    Parameters
    ----------
    participant : str
        Code.
    protocol : str
        Name in the library, or path of a file.
    source : str
        ``synthetic``, ``lsl:QUERY``, ``brainflow:BOARD?...`` or ``file:PATH``.
    stratum : str or None
        The participant's in the study, where it has several.
    """

    participant: str
    protocol: str
    source: str
    stratum: str | None = None


class Services:
    """See `Services`.

    Parameters
    ----------
    root : Path or None
        Folder of the recordings; as set by default.
    where : str or None
        The index; see `cli.indexing.IndexAt`.
    study : Path or None
        Folder of the study that all sessions belong to: its protocol is the only one.
    station_key : Path or None
        The key of the study.
    amplifiers : Amplifiers or None
        Those whose electrodes were named; this user's by default.

    Raises
    ------
    UserError
        If the study cannot be opened, or its key is missing.
    """

    def __init__(
        self,
        root: Path | None = None,
        where: str | None = None,
        *,
        study: Path | None = None,
        station_key: Path | None = None,
        amplifiers: Amplifiers | None = None,
    ) -> None:
        self._root = root
        self._where = where
        self._study, self._station_key = study, station_key
        self._protocols = dict(_offered(study, station_key))
        self.refused_protocols: Sequence[Message] = ()
        if study is None:
            own, self.refused_protocols = own_protocols(own_folder())
            self._protocols |= own
        self.amplifiers = Amplifiers() if amplifiers is None else amplifiers
        self._indexed: dict[int, ExitStack] = {}

    @property
    def root(self) -> Path:
        """Folder of the recordings, as it is set now."""
        from neurofeedback.app.sessions import output_root

        return output_root(self._root)

    @property
    def operator(self) -> str:
        """Who runs sessions, as it is set now; empty where nobody said."""
        from neurofeedback.app.sessions import workstation_settings
        from neurofeedback.settings.effective import value_of

        return value_of(workstation_settings(), "operator")

    def index(self) -> Index | None:
        """Open the index; None where it is switched off."""
        from neurofeedback.app.indexing import open_index
        from neurofeedback.store.place import is_off

        if is_off(self._where):
            return None
        return open_index(self.root, self._where, operator=self.operator, make=True)

    # -- what there is ------------------------------------------------------------------------

    def protocols(self) -> Sequence[tuple[str, ProtocolSpec]]:
        """Return the protocols of the library, or that of the study."""
        return list(self._protocols.items())

    @property
    def may_add_protocols(self) -> bool:
        """Whether there may be others: a study has its own, and no other."""
        return self._study is None

    def simulate(self, spec: ProtocolSpec) -> list[Simulation]:
        """Try a protocol on a synthetic participant who learns, and on one who does not."""
        from neurofeedback.session.explain.simulate import simulate

        return [simulate(spec, learner=learner) for learner in (True, False)]

    def save_protocol(self, answers: Answers) -> Path:
        """Write a protocol of this user's own, and offer it from now on.

        Raises
        ------
        UserError
            See `app.own.form.save_protocol`.
        """
        from neurofeedback.app.own.form import save_protocol
        from neurofeedback.protocols.file.reading import load_protocol

        taken = [spec.name for spec in self._protocols.values()]
        path = save_protocol(answers, own_folder(), taken)
        self._protocols[str(path)] = load_protocol(str(path))
        return path

    def strata(self) -> Sequence[str]:
        """Return the strata of the study, where there are several."""
        from neurofeedback.study.folder import Study

        found = [] if self._study is None else list(Study(self._study).strata)
        return found if len(found) > 1 else ()

    def people(self) -> Participants:
        """Return the participants of the dataset."""
        from neurofeedback.app.participants import Participants

        return Participants(self.index)

    def everybody(self) -> Everybody:
        """Return all participants at a glance.

        Raises
        ------
        UserError
            If the index is switched off or cannot be read.
        """
        from neurofeedback.app.overview import Everybody

        index = self._used_index()
        return Everybody(index, self._undebriefed, self.rename)

    def course(self, participant: str) -> ProgressReader:
        """Return what reads a participant's course.

        Raises
        ------
        UserError
            If the index is switched off or cannot be read, or there is no such participant.
        """
        from neurofeedback.app.progress import ProgressReader

        return ProgressReader(self._used_index(), participant)

    def set_plan(self, participant: str, plan: Plan | None) -> None:
        """Keep a participant's plan.

        Raises
        ------
        UserError
            If the index cannot be written.
        """
        from neurofeedback.store.care import set_plan

        with self._used_index().change() as change:
            set_plan(change, participant, plan)

    def rename(self, old: str, new: str) -> None:
        """Give a participant another code, in the index and among the recordings.

        Raises
        ------
        UserError
            If the code is refused or taken, or a session of theirs is not over and done with.
        """
        from neurofeedback.recording.repair.rename import rename_recordings
        from neurofeedback.store.renaming import rename_participant

        if old in self._undebriefed():
            raise UserError(
                "A debrief of {code} is missing; save it first, or leave it out.", code=old
            )
        index = self._used_index()
        with index.change() as change:
            rename_participant(change, old, new)
            rename_recordings(index.place.dataset, old, new)

    def _used_index(self) -> Index:
        index = self.index()
        if index is None:
            raise UserError("The index is switched off, so nothing is known of participants.")
        return index

    def _undebriefed(self) -> set[str]:
        from neurofeedback.recording.layout import SessionLayout

        return {SessionLayout.find(path).participant for path in self.missing_debriefs()}

    def usual_protocol(self) -> str:
        """Return the protocol that is set, else one for a demonstration."""
        from neurofeedback.app.sessions import workstation_settings

        return workstation_settings().protocol or FIRST

    def monitor(self) -> str:
        """Return the participant's monitor as it is set."""
        from neurofeedback.app.sessions import workstation_settings

        return workstation_settings().monitor

    def own_files(self) -> dict[str, Path | None]:
        """Return music, picture and film of the clinic as they are set; None for none."""
        from neurofeedback.app.sessions import workstation_settings

        settings = workstation_settings()
        return {
            name: Path(getattr(settings, name)).expanduser() if getattr(settings, name) else None
            for name in ("music", "picture", "film")
        }

    def last_protocol(self, participant: str) -> ProtocolSpec | None:
        """Read the protocol from the participant's newest session."""
        from pydantic import ValidationError

        from neurofeedback.protocols.spec import ProtocolSpec
        from neurofeedback.recording.read.reader import SessionReader

        for folder in sorted(self.root.glob(f"sub-{participant}/ses-*"), reverse=True):
            try:
                return ProtocolSpec.model_validate(SessionReader(folder).start.protocol)
            except (UserError, ValidationError):
                continue  # damaged, or of another version: the one before says more
        return None

    def scales_before(self, participant: str, spec: ProtocolSpec) -> Sequence[Instrument]:
        """Ask the index which questionnaires are due."""
        from neurofeedback.app.due_scales import due_for
        from neurofeedback.app.sessions import workstation_settings
        from neurofeedback.scales.keeping import Timing
        from neurofeedback.store.index import utc_now

        index = self.index() if spec.scales.before else None
        if index is None:
            return ()
        days = workstation_settings().scale_days
        return due_for(index, spec.scales, Timing.BEFORE, participant, utc_now(), days=days)

    def responses(self) -> ResponseStore | None:
        """Return the index as what keeps answers."""
        from neurofeedback.store.keeping import IndexResponses

        index = self.index()
        return None if index is None else IndexResponses(index)

    def answer_drafts(self, participant: str) -> AnswerDrafts:
        """Return where a participant's answers are kept while a questionnaire is filled in."""
        from neurofeedback.app.drafts import AnswerDrafts

        return AnswerDrafts(self.root, self._place(), f"answers_{participant}")

    def text_draft(self, name: str) -> TextDraft:
        """Return where a text is kept while it is being typed; see `app.drafts.text_draft`."""
        from neurofeedback.app.drafts import text_draft

        return text_draft(self.root, self._place(), name)

    def session_note(self, folder: Path) -> SessionNote:
        """Return where a note is kept while it is being typed in a session that runs."""
        from neurofeedback.app.drafts import DraftFile, SessionNote
        from neurofeedback.recording.layout import SessionLayout

        return SessionNote(DraftFile(SessionLayout.find(folder), self._place()))

    def _place(self) -> Place | None:
        index = self.index()
        return None if index is None else index.place

    def list_streams(self) -> Sequence[StreamChoice]:
        """Look for LSL streams."""
        from neurofeedback.acquisition.lsl.settings import use_settings
        from neurofeedback.session.sources import StreamChoice

        use_settings()
        from neurofeedback.acquisition.lsl import find_streams

        found = [s for s in find_streams(SEARCH_SECONDS) if s.sfreq > 0]
        return [StreamChoice(f"lsl:uid={s.uid}", _in_words(s)) for s in found]

    def watch_streams(self) -> Callable[[], Sequence[StreamChoice]]:
        """Return what tells which LSL streams are there now, without waiting."""
        from neurofeedback.acquisition.lsl.settings import use_settings
        from neurofeedback.session.sources import StreamChoice

        use_settings()
        from neurofeedback.acquisition.lsl.streams import StreamWatch

        watch = StreamWatch()
        return lambda: [
            StreamChoice(f"lsl:uid={s.uid}", _in_words(s)) for s in watch.streams() if s.sfreq > 0
        ]

    @property
    def list_boards(self) -> Callable[[], Sequence[str]] | None:
        """How to list the amplifiers that BrainFlow opens; None where it is not installed."""
        from neurofeedback.acquisition.boards import driver

        return driver.boards if driver.is_installed() else None

    def explain(self, spec: ProtocolSpec) -> Explanation:
        """Explain a protocol on the standard montage."""
        from neurofeedback.acquisition.standard_montage import CHANNELS, standard_montage
        from neurofeedback.session.explain.protocol import explain

        return explain(spec, standard_montage(CHANNELS), display_delay=spec.display.smoothing)

    # -- sessions -----------------------------------------------------------------------------

    def make_source(self, text: str) -> Source:
        """Return the source that was chosen, not yet opened, under the names that were entered."""
        from neurofeedback.app.sessions import make_source

        if text == "synthetic" or not self.amplifiers.known:
            return make_source(text)
        looked_at = make_source(text)
        try:
            given = self.amplifiers.names_of(looked_at.open())
        finally:
            looked_at.close()
        return make_source(text, given=given)

    def open_check(self, request: SessionRequest) -> tuple[SessionRunner, UserError | None]:
        """Start a look at a source.

        Returns
        -------
        session : SessionRunner
        refusal : UserError or None
            Why the source does not serve the protocol: its electrodes may have to be named first.
        """
        from neurofeedback.session.check import prepare_check

        source = self.make_source(request.source)
        runner, refusal = prepare_check(source, self._protocols[request.protocol])
        runner.start()
        return runner, refusal

    def open_session(self, request: SessionRequest) -> SessionRunner:
        """Start a session of a source."""
        from neurofeedback.app.loading import load_session
        from neurofeedback.app.sessions import in_study, learner_of, markers_beside, prepare

        load_session(self._where)
        # Looking for markers takes a second: samples that wait for it would be late.
        markers = markers_beside(request.source, None)
        source = self.make_source(request.source)
        study = in_study(self._study, self._station_key, request.stratum, self.operator)
        prepared = prepare(
            source,
            request.protocol if study is None else None,
            participant=request.participant,
            out=self._root,
            bads=None,
            study=study,
        )
        return self._run(prepared, learner_of(source), markers)

    def resume_session(
        self, layout: SessionLayout, source: str, progress: Callable[[float], None]
    ) -> SessionRunner:
        """Read what was recorded, and go on with the stream."""
        from neurofeedback.app.loading import load_session
        from neurofeedback.app.sessions import learner_of, markers_beside, second_root
        from neurofeedback.session.prepare_resumed import prepare_resumed

        load_session(self._where)
        markers = markers_beside(source, None)
        opened = self.make_source(source)
        prepared = prepare_resumed(layout, opened, second=second_root(None), progress=progress)
        return self._run(prepared, learner_of(opened), markers)

    def open_replay(
        self, path: Path, protocol: str, start: float, speed: float
    ) -> tuple[SessionRunner, ReplaySource]:
        """Start a session of a recording."""
        from neurofeedback.acquisition.replay import ReplaySource
        from neurofeedback.app.sessions import prepare

        source = ReplaySource(path, start=start, speed=speed)
        prepared = prepare(source, protocol, participant=REPLAYED, out=self._root, bads=None)
        return self._run(prepared), source

    def recovery(self) -> Recovery:
        """Look for sessions that were cut."""
        from neurofeedback.app.recovery import Recovery
        from neurofeedback.app.sessions import second_root

        return Recovery(self.root, second_root(None), index=self._where, operator=self.operator)

    def _run(
        self,
        prepared: PreparedSession,
        on_feedback: Callable[[FeedbackFrame], None] | None = None,
        markers: MarkerStreams | None = None,
    ) -> SessionRunner:
        from neurofeedback.app.indexing import indexed
        from neurofeedback.session.runner import SessionRunner

        runner = SessionRunner.of(
            prepared, on_feedback=on_feedback, pause_after_baseline=True, markers=markers
        )
        entry = ExitStack()
        entry.enter_context(indexed(prepared.recorder.path, self._where, self.operator))
        self._indexed[id(runner)] = entry
        runner.start()
        return runner

    def close_session(self, session: SessionRunner) -> None:
        """Wait for what is still being written, then for the index."""
        entry = self._indexed.pop(id(session), None)
        session.wait()
        if entry is not None:
            entry.close()

    def next_session(self, participant: str) -> int | None:
        """Look which numbers are taken."""
        from neurofeedback.recording.layout import next_session

        try:
            return next_session(self.root, participant)
        except OSError:  # whoever starts the session says so
            return None

    def recorded_now(self, participant: str) -> int | None:
        """Return the session of a participant that some program records now; None without one."""
        from neurofeedback.recording.layout import SessionLayout
        from neurofeedback.recording.repair.tidy import is_locked

        for folder in sorted(self.root.glob(f"sub-{participant}/ses-*"), reverse=True):
            with suppress(UserError):
                layout = SessionLayout.find(folder)
                if is_locked(layout):
                    return layout.session
        return None

    def missing_debriefs(self) -> Sequence[Path]:
        """Look for drafts."""
        from neurofeedback.app.drafts import missing_debriefs

        return [layout.session_dir for layout in missing_debriefs(self.root, self._place())]

    def debrief(self, folder: Path, *, late: bool = False) -> DebriefContext:
        """Read what a debrief needs from the session and the index."""
        from neurofeedback.app.debrief import debrief_context
        from neurofeedback.app.sessions import workstation_settings
        from neurofeedback.protocols.spec import ProtocolSpec
        from neurofeedback.recording.layout import SessionLayout
        from neurofeedback.recording.read.reader import SessionReader

        layout = SessionLayout.find(folder)
        spec = ProtocolSpec.model_validate(SessionReader(folder).start.protocol)
        days = workstation_settings().scale_days
        return debrief_context(layout, spec.scales, self.index(), self.operator, days, late=late)


def _offered(study: Path | None, key: Path | None) -> Iterator[tuple[str, ProtocolSpec]]:
    if study is None:
        from neurofeedback.protocols.file.reading import library, load_protocol

        for name in library():
            yield name, load_protocol(name)
        return
    from neurofeedback.study.folder import Study

    opened = Study(study)
    if key is None:
        raise UserError("Sessions of study {study!r} need --station-key FILE.", study=opened.name)
    yield opened.spec.name, opened.spec


def _in_words(stream: StreamSummary) -> str:
    """Return what tells a stream from others, in two lines."""
    from neurofeedback.words.language import number, tr, tr_n

    facts = (
        tr_n("{n} channel", "{n} channels", stream.n_channels),
        f"{number(stream.sfreq, 'g')} Hz",
        stream.kind,
        stream.hostname,
        tr("id {source}", source=stream.source_id) if stream.source_id else "",
    )
    return f"{stream.name}\n" + " \u00b7 ".join(fact for fact in facts if fact)
