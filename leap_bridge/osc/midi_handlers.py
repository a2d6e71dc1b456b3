"""What the daemon does with the addresses that speak of MIDI."""

from collections.abc import Callable, Iterable

from leap_bridge.midi.control import Knob, Turned
from leap_bridge.midi.desk import Playing
from leap_bridge.midi.player import State
from leap_bridge.osc import replies
from leap_bridge.osc.clients import Ask
from leap_bridge.osc.codec import Message
from leap_bridge.service import Service
from leap_models import registry
from leap_models.errors import BadParameter


def _on_play(service: Service, ask: Ask) -> Iterable[Message]:
    def tell(event: Playing) -> None:
        ask.client.place.send(replies.playing(ask.request, event))

    job = service.find(ask.read.whole("job"))
    if job.order.gives != "roll":
        raise BadParameter(f"job {job.number} gives {job.order.gives}, which no MIDI port can play: {job.path}")
    service.stage.play(job, ask.read.pairs, tell)
    return ()


def _on_stop(service: Service, ask: Ask) -> Iterable[Message]:
    job = ask.read.whole("job")
    service.stage.stop(job)
    yield replies.playing(ask.request, Playing(job, State.STOPPED))


def _on_map(service: Service, ask: Ask) -> Iterable[Message]:
    def tell(event: Turned) -> None:
        ask.client.place.send(replies.turned(ask.request, event))

    controller, model, name = ask.read.whole("controller"), ask.read.text("model"), ask.read.text("param")
    if not name:
        service.stage.release(controller)
        yield Message("/leap/turned", (ask.request, controller, "", "", 0))
        return
    knob = Knob(controller, model, registry.describe(model).param(name))
    service.stage.assign(knob, tell)
    yield replies.turned(ask.request, Turned(knob, knob.param.default))


def _on_record(service: Service, ask: Ask) -> Iterable[Message]:
    if ask.read.named["on"]:
        service.stage.record()
        yield Message("/leap/recorded", (ask.request, 1, "", 0, 0.0))
        return
    path, recording = service.stage.recorded()
    yield Message("/leap/recorded", (ask.request, 0, str(path), len(recording.notes), recording.length_s))


HANDLERS: dict[str, Callable[[Service, Ask], Iterable[Message]]] = {
    "/leap/play": _on_play,
    "/leap/stop": _on_stop,
    "/leap/map": _on_map,
    "/leap/record": _on_record,
}
