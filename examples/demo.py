"""`make demo`: the main job from a commit to a healed drift and a revert, with the real commands, on the sandbox.

Every step says what must come of it and is judged by its exit status and by asking the cloud, not Plumb. The first that
does not come out as said ends the demo with status 1. All files and processes are in a temporary place and gone afterwards.
"""

from __future__ import annotations

import json
import shlex
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from examples.outside import Cluster, Outside
from examples.stage import Done, Following, Stage, following, stage
from sandbox import process
from sandbox.client import Client

SHOP = Path(__file__).parent / "shop"
PATIENCE = 60.0
"""Seconds that the controller may take for one thing."""

DAY = 24 * 3600
DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/api"


class Failed(Exception):
    """A step did not come out as said."""


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def title(text: str) -> None:
    say()
    say(f"== {text}")


def require(holds: bool, said: str, *evidence: str) -> None:
    if not holds:
        raise Failed("\n".join((f"not so: {said}", *evidence)))
    say(f"   ok: {said}")


@dataclass(frozen=True, slots=True)
class Story:
    """The steps, in order."""

    place: Stage

    def tell(self) -> None:
        self.start()
        try:
            self.commit_first()
            self.apply_first()
            with following(self.place, "plumb", "controller", "run", "--interval", "2s", hear=self.heard) as controller:
                self.follow(controller)
                self.change()
                self.drift()
                self.revert()
                title("The controller is told to end, and finishes what it has in flight")
                require(controller.stop() == 0, "it ended with status 0", *controller.lines[-5:])
            self.destroy()
            title("And the cloud is switched off")
            self.show(self.plumb("sandbox", "down").text)
            require(process.find(self.place.sandbox) is None, "no process is left")
        finally:
            process.down(self.place.sandbox)

    # The steps

    def start(self) -> None:
        title("A cloud on this machine: AWS, and a Kubernetes API for each cluster that is made there")
        self.show(self.plumb("sandbox", "up").text)
        require(self.objects() == [], "the cloud is empty")

    def commit_first(self) -> None:
        title("A repository with one stack: a network, queues, a table, a bucket, a cluster, and what runs ON that cluster")
        for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-q", "-m", "The shop")):
            self.git(*words)
        self.show(self.git("ls-files").shown)

    def apply_first(self) -> None:
        title("The plan from nothing: clouds and workloads in one graph, read from the commit")
        planned = self.plumb("plan", "--at", "main", "--concise", "--out", "../first.json", "--detailed-exitcode", status=2)
        self.show(planned.shown)
        title("One of its 19 resources in full: there is no cluster yet, and the queue has no URL")
        whole = self.plumb("plan", "--at", "main", quiet=True).shown
        part = block(whole, "shop.api ")
        self.show(part)
        require("QUEUE_URL" in part and "(known after apply)" in part, "the Deployment is planned; its queue's URL comes later")
        title("One apply of just this plan makes all of it, each thing as soon as what it needs is there")
        self.show(after(self.plumb("apply", "../first.json", "--concise"), "Applied"))
        deployment = self.cluster().get(DEPLOYMENT)
        env = deployment["spec"]["template"]["spec"]["containers"][0]["env"]
        queue = self.cloud().aws("sqs").get_queue_url(QueueName="shop-orders")["QueueUrl"]
        require(env == [{"name": "QUEUE_URL", "value": queue}], f"the API has the queue's URL: {queue}")
        self.nothing_to_do()

    def follow(self, controller: Following) -> None:
        title("From here on a controller follows the branch, as it would in a cluster of yours")
        self.wait(lambda: any(" settled " in line for line in controller.lines), "it finds all as the commit says")
        require(self.replicas() == (2, 2), "both copies of the API run")

    def change(self) -> None:
        title("A change to both layers, on a branch: orders are kept for a week, and three copies of the API run")
        self.git("switch", "-q", "-c", "longer")
        self.edit("environments/dev.yaml", "replicas: 2", "replicas: 3")
        self.edit("stacks/data.plumb.yaml", "default: 4", "default: 7")
        self.git("commit", "-q", "-a", "-m", "Keep orders for a week, with three copies of the API")
        title("Its review, as it stands in a pull request")
        review = self.plumb("plan", "--at", "longer", "--format", "markdown").shown
        self.show(review)
        wanted = ("shop.orders", "MessageRetentionPeriod", "shop.api", "replicas")
        require(all(word in review for word in wanted), "it shows both changes and nothing is done yet")
        require(self.retention() == 4 * DAY, "the cloud is as it was")
        title("It is merged")
        self.git("switch", "-q", "main")
        self.git("merge", "-q", "--ff-only", "longer")
        self.wait(lambda: self.retention() == 7 * DAY and self.replicas() == (3, 3), "seven days, and three copies run")
        self.nothing_to_do()

    def drift(self) -> None:
        title("Behind Plumb's back: somebody shortens a time-out of the queue, and scales the API down to one copy")
        sqs = self.cloud().aws("sqs")
        url = sqs.get_queue_url(QueueName="shop-orders")["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "5"})
        self.cluster().patch(DEPLOYMENT, {"spec": {"replicas": 1}})
        self.wait(
            lambda: self.attribute("VisibilityTimeout") == 60 and self.replicas() == (3, 3),
            "the controller has brought both back to what the commit says",
        )
        self.nothing_to_do()

    def revert(self) -> None:
        title("The change is taken back, the way any change of code is")
        self.git("revert", "--no-edit", "HEAD")
        self.wait(lambda: self.retention() == 4 * DAY and self.replicas() == (2, 2), "four days and two copies, as before")
        self.nothing_to_do()

    def destroy(self) -> None:
        title("The end: everything is deleted, from what is recorded, in the opposite order")
        planned = self.plumb("plan", "--at", "main", "--destroy", "--json", quiet=True)
        digest = json.loads(planned.shown)["digest"]
        self.show(after(self.plumb("destroy", "--at", "main", "--approve", digest), "Destroyed"))
        require(self.objects() == [], "the cloud holds nothing", str(self.objects()))

    # What it does and sees

    def plumb(self, *words: str, status: int = 0, quiet: bool = False) -> Done:
        return self.command("plumb", *words, status=status, quiet=quiet)

    def git(self, *words: str) -> Done:
        return self.command("git", *words)

    def command(self, *words: str, status: int = 0, quiet: bool = False) -> Done:
        if not quiet:
            say(f"   $ {shlex.join(short(word) for word in words)}")
        done = self.place.run(*words)
        if done.status != status:
            raise Failed(f"{shlex.join(words)} ended with {done.status}, not {status}\n{done.text}")
        return done

    def show(self, text: str) -> None:
        for line in text.strip().splitlines():
            say(f"   | {line}".rstrip())

    def heard(self, line: str) -> None:
        say(f"   controller | {line}")

    def nothing_to_do(self) -> None:
        done = self.plumb("plan", "--at", "main", "--detailed-exitcode", status=0)
        self.show("\n".join(line for line in done.shown.splitlines() if line.startswith("Plan:")))

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.place.repository / path
        text = file.read_text()
        if text.count(old) != 1:
            raise Failed(f'{path} does not have one "{old}"')
        file.write_text(text.replace(old, new))
        say(f"   {path}: {old} -> {new}")

    def wait(self, condition: Callable[[], bool], said: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise Failed(f"not within {PATIENCE:.0f} seconds: {said}")
            time.sleep(0.2)
        require(True, said)

    def info(self) -> process.SandboxInfo:
        found = process.find(self.place.sandbox)
        if found is None:
            raise Failed("the sandbox has ended")
        return found

    def objects(self) -> list[dict[str, object]]:
        return Client(self.info()).objects()

    def cloud(self) -> Outside:
        return Outside(self.info())

    def cluster(self) -> Cluster:
        return self.cloud().cluster("shop")

    def attribute(self, name: str) -> int:
        sqs = self.cloud().aws("sqs")
        url = sqs.get_queue_url(QueueName="shop-orders")["QueueUrl"]
        return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])

    def retention(self) -> int:
        return self.attribute("MessageRetentionPeriod")

    def replicas(self) -> tuple[int, int]:
        """Wanted and available."""
        found = self.cluster().get(DEPLOYMENT)
        return found["spec"]["replicas"], found.get("status", {}).get("availableReplicas", 0)


def short(word: str) -> str:
    """A digest is approved whole and shown by its first digits."""
    return f"{word[:8]}..." if len(word) == 64 else word


def block(text: str, start: str) -> str:
    """The lines of a plan about one resource."""
    for part in text.split("\n\n"):
        if part.strip()[2:].startswith(start):
            return part.strip("\n")
    raise Failed(f"the plan says nothing about {start}")


def after(done: Done, word: str) -> str:
    """The progress, and the result from the line that begins with `word`; the plan, shown before, is left out."""
    lines = done.shown.splitlines()
    found = next((number for number, line in enumerate(lines) if line.startswith(word)), len(lines))
    return done.told + "\n".join(lines[found:])


def ended(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    signal.signal(signal.SIGTERM, ended)
    began = time.monotonic()
    try:
        with stage(SHOP) as place:
            Story(place).tell()
    except Failed as failed:
        say(f"\nFAILED: {failed}")
        return 1
    except KeyboardInterrupt:
        say("\ninterrupted; nothing is left behind")
        return 130
    say(f"\nAll of it came out as said, in {time.monotonic() - began:.0f} seconds.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
