"""kill -9 of `plumb controller run` in every chapter of the demo's story, each time followed by a new one."""

from __future__ import annotations

import tempfile
import urllib.error
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from examples.outside import Outside
from examples.stage import Following, Stage, following
from sandbox.runtime import SandboxInfo
from tests.crash.applying import Verdict
from tests.crash.ground import KILLED, Ground, ground, wait
from tests.crash.judge import Scene, violations

RUN = ("plumb", "controller", "run", "--interval", "1s")
DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/api"
CHAPTERS = ("create", "change", "drift", "revert")
DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Facts:
    """What the story is about: retention and time-out of the queue, wanted copies of the API."""

    retention: int
    patience: int
    copies: int


FIRST = Facts(4 * DAY, 60, 2)
CHANGED = Facts(7 * DAY, 60, 3)
AFTER = {"create": FIRST, "change": CHANGED, "drift": CHANGED, "revert": FIRST}


@dataclass(slots=True, kw_only=True)
class Story:
    """One telling. `points`: chapter -> the passage at which its controller is killed; 0 for none, and then its passages
    are counted into `passed`. `broken` is what was wrong."""

    place: Ground
    points: dict[str, int]
    passed: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    kills: int = 0
    _identities: Scene | None = None

    def tell(self) -> None:
        for chapter in CHAPTERS:
            if self.broken:
                return
            self._chapter(chapter, self.points.get(chapter, 0))

    def _chapter(self, chapter: str, point: int) -> None:
        before = self._identities
        with tempfile.TemporaryDirectory() as folder:
            counted = Path(folder) / "passages"
            counted.touch()
            armed = self.place.armed(f"any:{point}" if point else "", counted)
            ended = self._follow(armed, chapter, self._scenes()[chapter])
            self.passed[chapter] = len(counted.read_text().splitlines())
        if ended == KILLED:
            self.kills += 1
            self._follow(self.place.stage, f"{chapter}, after the kill", lambda: None)
        now = self.place.scene()
        if before is not None:
            self.broken += [f"{chapter}: {said}" for said in violations(before, now, before)]
        self._identities = now

    def _follow(self, stage: Stage, said: str, act: Callable[[], None]) -> int | None:
        """Until the world is as the chapter ends, or the controller is killed. The status that it ended with by itself."""
        wanted = AFTER[said.partition(",")[0]]
        with following(stage, *RUN) as controller:
            act()
            settled = wait(lambda: self._settled(controller, wanted), lambda: controller.process.poll() is None)
            status = controller.process.poll()
            if status == KILLED:
                return status
            if not settled:
                last = " / ".join(controller.lines[-6:])
                self.broken.append(f"{said}: not as the commit says, {self._facts()}; the controller ({status}): {last}")
            ended = controller.stop()
            return ended if ended == KILLED else None

    def _settled(self, controller: Following, wanted: Facts) -> bool:
        """The facts are there, and the controller says after them that it has nothing left to do."""
        if self._facts() != wanted:
            return False
        return self._empty()

    def _empty(self) -> bool:
        return self.place.plumb("plan", "--at", "main", "--detailed-exitcode").status == 0

    def _facts(self) -> Facts | None:
        outside = Outside(self.place.info)
        try:
            sqs = outside.aws("sqs")
            url = sqs.get_queue_url(QueueName="shop-orders")["QueueUrl"]
            held = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            copies = outside.cluster("shop").get(DEPLOYMENT)["spec"]["replicas"]
        except (urllib.error.URLError, KeyError):
            return None
        except Exception as error:
            if hasattr(error, "response"):
                return None
            raise
        return Facts(int(held["MessageRetentionPeriod"]), int(held["VisibilityTimeout"]), copies)

    def _scenes(self) -> dict[str, Callable[[], None]]:
        return {"create": lambda: None, "change": self._change, "drift": self._drift, "revert": self._revert}

    def _change(self) -> None:
        self._edit("environments/dev.yaml", "replicas: 2", "replicas: 3")
        self._edit("stacks/data.plumb.yaml", "default: 4", "default: 7")
        self._git("commit", "-q", "-a", "-m", "Keep orders for a week, with three copies of the API")

    def _drift(self) -> None:
        outside = Outside(self.place.info)
        sqs = outside.aws("sqs")
        url = sqs.get_queue_url(QueueName="shop-orders")["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "5"})
        outside.cluster("shop").patch(DEPLOYMENT, {"spec": {"replicas": 1}})

    def _revert(self) -> None:
        self._git("revert", "--no-edit", "HEAD")

    def _edit(self, path: str, old: str, new: str) -> None:
        file = self.place.stage.repository / path
        file.write_text(file.read_text().replace(old, new))

    def _git(self, *words: str) -> None:
        done = self.place.stage.run("git", *words)
        if done.status != 0:
            raise RuntimeError(done.text)


def clean_story(info: SandboxInfo) -> dict[str, int]:
    """The passages of each chapter in a story that nobody disturbs."""
    with ground(info) as place:
        story = Story(place=place, points={})
        story.tell()
        if story.broken:
            raise RuntimeError(f"a story without a kill went wrong: {story.broken}")
        return story.passed


def tellings(passed: dict[str, int], kills: int) -> list[dict[str, int]]:
    """Stories with a kill in every chapter, the instants spread over each: the last tenth is left out, as the number of
    passages differs a little from telling to telling."""
    stories = -(-kills // len(CHAPTERS))
    return [
        {chapter: 1 + (passed[chapter] - 1) * 9 * (2 * number + 1) // (20 * stories) for chapter in CHAPTERS}
        for number in range(stories)
    ]


def telling(info: SandboxInfo, expected: Scene, points: dict[str, int]) -> Verdict:
    with ground(info) as place:
        story = Story(place=place, points=points)
        story.tell()
        broken = list(story.broken)
        if not broken:
            broken += violations(expected, place.scene())
            verified = place.plumb("state", "verify")
            if verified.status != 0:
                broken.append(f"the state does not verify: {verified.text.strip()}")
        text = ",".join(f"{chapter}={point}" for chapter, point in points.items())
        return Verdict(instant=f"controller:{text}", kills=story.kills, broken=tuple(broken))
