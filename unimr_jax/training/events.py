"""TensorBoard events, written at once.

tensorboardX's SummaryWriter hands them to a thread over a queue, which an interrupt can leave in
pieces: the run then waits for that thread for ever.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path


class EventFile:
    """A new file of events in `directory`; TensorBoard forgets older ones beyond `start_step`."""

    def __init__(self, directory: Path, start_step: int):
        from tensorboardX.event_file_writer import EventsWriter
        from tensorboardX.proto.event_pb2 import SessionLog

        directory.mkdir(parents=True, exist_ok=True)
        self._file = EventsWriter(str(directory / "events"))
        self._write(start_step, session_log=SessionLog(status=SessionLog.START))

    def write(self, step: int, values: Iterable[tuple[str, float]]) -> None:
        """Adds named values of a step."""
        from tensorboardX.proto.summary_pb2 import Summary

        named = [Summary.Value(tag=name, simple_value=value) for name, value in values]
        self._write(step, summary=Summary(value=named))

    def close(self) -> None:
        self._file.close()

    def _write(self, step: int, **content: object) -> None:
        from tensorboardX.proto.event_pb2 import Event

        self._file.write_event(Event(wall_time=time.time(), step=step, **content))
        self._file.flush()
