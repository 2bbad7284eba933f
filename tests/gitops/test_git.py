"""What git is never made to do, whatever a repository, a branch or an address says."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gitops.commit_tree import LARGEST, CommitTree, SubTree
from gitops.git import Entry, Git, GitError, check_url, environment, init_mirror, without_password
from gitops.mirror import open_mirror
from tests.gitops.support import Repository

ZERO = "0" * 40


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


@pytest.mark.parametrize(
    "revision",
    ["--help", "-n1", "--output=/tmp/x", "", "a b", "a\nb", "a;b", "$(id)", "a:b", "\0", "x" * 201, "HEAD\n", "main:../x"],
)
def test_a_revision_that_is_none_never_reaches_git(repository: Repository, revision: str) -> None:
    with pytest.raises(GitError) as caught:
        Git(repository.folder).resolve(revision)
    assert caught.value.diagnostic.code == "P0753"


@pytest.mark.parametrize("name", ["HEAD", "HEAD~0", "main", "refs/heads/main", "HEAD^{commit}", "@"])
def test_what_people_write_for_a_commit_is_one(repository: Repository, name: str) -> None:
    head = repository.commit()
    assert Git(repository.folder).resolve(name) == head


@pytest.mark.parametrize(
    "branch",
    [
        "-x",
        "--upload-pack=id",
        "a..b",
        "../x",
        "a/../b",
        "/a",
        "a/",
        "a//b",
        "a b",
        "a:b",
        "a~1",
        "+a",
        "x.lock",
        "a/.b",
        "a.",
        "",
    ],
)
def test_a_branch_that_is_none_is_refused(repository: Repository, branch: str) -> None:
    repository.commit()
    mirror = init_mirror(repository.base / "mirror")
    if branch == "+a":  # a plus is part of a name, never a force: the refspec has its own
        with pytest.raises(GitError):
            mirror.fetch(str(repository.folder), branch)
        return
    with pytest.raises(GitError) as caught:
        mirror.fetch(str(repository.folder), branch)
    assert caught.value.diagnostic.code == "P0754"


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c id",
        "ext::id",
        "fd::17",
        "file:///etc",
        "http://example.com/x",
        "git://example.com/x",
        "--upload-pack=id",
        "-u",
        "ssh://-oProxyCommand=id/x",
        "ssh://user@-oProxyCommand=id/x",
        "git@-oProxyCommand=id:x",
        "git@example.com:-x",
        "https://",
        "https://exa mple.com/x",
        "https://example.com/x\n",
        "https::ext::id",
        "relative/path",
        "../up",
        "/no/such/folder",
        "",
        "\0",
    ],
)
def test_an_address_of_another_transport_is_refused(url: str) -> None:
    with pytest.raises(GitError) as caught:
        check_url(url)
    assert caught.value.diagnostic.code == "P0755"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a/b.git",
        "https://token@example.com:8443/a",
        "https://user:secret@example.com/a",
        "ssh://git@example.com:22/a.git",
        "ssh://example.com/a",
        "git@example.com:a/b.git",
        "https://[2001:db8::1]/x",
    ],
)
def test_an_address_that_git_understands_is_taken(url: str) -> None:
    check_url(url)


def test_even_git_itself_refuses_other_transports(repository: Repository) -> None:
    repository.commit()
    mark = repository.base / "ran"
    with pytest.raises(GitError):
        Git(repository.folder).run("fetch", "--end-of-options", f"ext::sh -c 'touch {mark}'", "main")
    assert not mark.exists()


def test_links_and_submodules_are_no_files(repository: Repository) -> None:
    other = repository.base / "secret"
    other.write_text("secret")
    (repository.folder / "link.yaml").symlink_to(other)
    (repository.folder / "up").symlink_to(repository.base)
    head = repository.commit()
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{head},module")
    repository.git("commit", "--quiet", "-m", "a submodule")
    tree = CommitTree(Git(repository.folder), repository.head())
    assert tree.paths() == ["plumb.yaml"]
    for path in ("link.yaml", "up/secret", "module", "../secret", "/etc/passwd"):
        with pytest.raises(KeyError):
            tree.read(path)


def test_a_tree_made_by_hand_leads_nowhere(repository: Repository) -> None:
    """`..` and `.git` as names of folders: git writes such trees when it is asked to, and no checkout would follow them."""
    repository.commit()
    blob = repository.git("hash-object", "-w", "plumb.yaml")
    inner = _tree(repository, f"100644 blob {blob}\tplumb.yaml\n")
    outer = _tree(repository, f"040000 tree {inner}\t.git\n040000 tree {inner}\t..\n040000 tree {inner}\tgood\n")
    commit = repository.git("commit-tree", outer, "-m", "by hand")
    assert CommitTree(Git(repository.folder), commit).paths() == ["good/plumb.yaml"]


def _tree(repository: Repository, text: str) -> str:
    command = ["git", "-C", str(repository.folder), "mktree"]
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_huge_file_is_listed_and_not_read(repository: Repository) -> None:
    head = repository.commit()
    tree = CommitTree(Git(repository.folder), head)
    index = tree._index()
    index["huge"] = Entry("huge", ZERO, LARGEST + 1)
    with pytest.raises(KeyError):
        tree.read("huge")


def test_files_of_a_folder_come_together_and_as_they_are(repository: Repository) -> None:
    contents = {f"many/{number}.txt": f"line {number}\n\nblob 3\n" * number for number in range(20)}
    for path, text in contents.items():
        repository.write(path, text)
    (repository.folder / "bytes").write_bytes(bytes(range(256)))
    tree = CommitTree(Git(repository.folder), repository.commit())
    assert {path: tree.read(path).decode() for path in contents} == contents
    assert tree.read("bytes") == bytes(range(256))
    assert sorted(SubTree(tree, "many").paths()) == sorted(path.removeprefix("many/") for path in contents)


def test_no_filter_and_no_hook_runs(repository: Repository) -> None:
    mark = repository.base / "ran"
    repository.write(".gitattributes", "* filter=evil\n")
    head = repository.commit()
    repository.git("config", "filter.evil.smudge", f"touch {mark}; cat")
    repository.git("config", "core.fsmonitor", f"touch {mark}")
    hook = repository.folder / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {mark}\n")
    hook.chmod(0o755)
    assert CommitTree(Git(repository.folder), head).read("plumb.yaml")
    open_mirror(repository.base / "cache", str(repository.folder), "main").fetch()
    assert not mark.exists()


def test_credentials_are_masked() -> None:
    assert without_password("at https://user:pa@ss@example.com/x failed") == "at https://***@example.com/x failed"
    assert without_password("https://token@example.com/a") == "https://***@example.com/a"
    assert without_password("https://example.com/a?access_token=abc&b=1") == "https://example.com/a?access_token=***&b=1"


def test_an_error_of_git_says_what_and_tells_no_credentials(repository: Repository) -> None:
    mirror = init_mirror(repository.base / "mirror")
    with pytest.raises(GitError) as caught:
        mirror.fetch("https://user:hunter2@localhost:1/x", "main")
    assert "hunter2" not in str(caught.value)
    assert "Please make sure" not in str(caught.value)


def test_git_sees_little_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_CONFIG_COUNT", "GIT_DIR", "GIT_EXEC_PATH", "GIT_EXTERNAL_DIFF", "LD_PRELOAD", "PLUMB_VAR_password"):
        monkeypatch.setenv(name, "x")
    found = environment()
    assert not {"GIT_CONFIG_COUNT", "GIT_DIR", "GIT_EXEC_PATH", "GIT_EXTERNAL_DIFF", "LD_PRELOAD", "PLUMB_VAR_password"} & set(
        found
    )
    assert found["GIT_CONFIG_NOSYSTEM"] == "1"


# The mirror


def test_a_mirror_follows_a_branch(repository: Repository) -> None:
    first = repository.commit()
    mirror = open_mirror(repository.base / "cache", str(repository.folder), "main")
    assert mirror.head() == ""
    assert mirror.fetch().head == first
    second = repository.commit("more")
    assert mirror.head() == first
    found = mirror.fetch()
    assert (found.before, found.head, found.rewritten) == (first, second, False)


def test_rewritten_history_is_refused_and_the_old_commit_stays(repository: Repository) -> None:
    repository.commit("base")
    repository.commit("old", shop="stack: shop\n")
    old = repository.head()
    mirror = open_mirror(repository.base / "cache", str(repository.folder), "main")
    mirror.fetch()
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    new = repository.commit("new")
    with pytest.raises(GitError) as caught:
        mirror.fetch()
    assert caught.value.diagnostic.code == "P0756"
    assert mirror.head() == old
    assert CommitTree(mirror.git, old).read("shop.plumb.yaml")
    found = mirror.fetch(allow_rewrite=True)
    assert (found.head, found.rewritten) == (new, True)
    assert mirror.head() == new


def test_going_back_to_an_older_commit_is_a_rewrite(repository: Repository) -> None:
    repository.commit("one")
    repository.commit("two")
    mirror = open_mirror(repository.base / "cache", str(repository.folder), "main")
    mirror.fetch()
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    with pytest.raises(GitError):
        mirror.fetch()


def test_ancestry_is_told_or_raised(repository: Repository) -> None:
    first = repository.commit("one")
    second = repository.commit("two")
    git = Git(repository.folder)
    assert git.is_ancestor(first, second)
    assert git.is_ancestor(first, first)
    assert not git.is_ancestor(second, first)
    assert git.has(first)
    assert not git.has(ZERO)
    assert not git.has("--help")
    with pytest.raises(GitError):
        git.is_ancestor(ZERO, first)


def test_a_log_has_whole_messages(repository: Repository) -> None:
    first = repository.commit("one")
    repository.commit("two\n\nbody\n\nPlumb-Accept: empty shop.a\n")
    third = repository.commit("three")
    found = Git(repository.folder).log(third, first)
    assert [item.subject for item in found] == ["three", "two"]
    assert found[1].body.strip() == "body\n\nPlumb-Accept: empty shop.a"
    assert found[0].id == third
    assert len(Git(repository.folder).log(third)) == 3
