"""Live 11 and 12 run [js] with an engine of 2009: nothing newer than ECMAScript 5 may be in the scripts."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import esprima
import pytest

from max import amxd
from max.conftest import FOLDER

SCRIPTS = ("leap_device.js", "leap_screen.js")
ES5 = {
    "ArrayExpression", "AssignmentExpression", "BinaryExpression", "BlockStatement", "BreakStatement",
    "CallExpression", "CatchClause", "ConditionalExpression", "ContinueStatement", "DoWhileStatement",
    "EmptyStatement", "ExpressionStatement", "ForInStatement", "ForStatement", "FunctionDeclaration",
    "FunctionExpression", "Identifier", "IfStatement", "LabeledStatement", "Literal", "LogicalExpression",
    "MemberExpression", "NewExpression", "ObjectExpression", "Program", "Property", "ReturnStatement",
    "SequenceExpression", "SwitchCase", "SwitchStatement", "ThisExpression", "ThrowStatement", "TryStatement",
    "UnaryExpression", "UpdateExpression", "VariableDeclaration", "VariableDeclarator", "WhileStatement",
}  # fmt: skip
# Functions of the host that crash Live when they are applied.
HOST = {"outlet", "messnamed"}


def nodes(tree: object) -> Iterator[esprima.nodes.Node]:
    if isinstance(tree, esprima.nodes.Node):
        yield tree
        for value in vars(tree).values():
            yield from nodes(value)
    elif isinstance(tree, list):
        for each in tree:
            yield from nodes(each)


@cache
def parsed(source: str) -> tuple[esprima.nodes.Node, ...]:
    return tuple(nodes(esprima.parseScript(source, {"loc": True})))


def newer(source: str) -> set[str]:
    """What of a script ES5 does not have."""
    found = set()
    for node in parsed(source):
        if node.type not in ES5:
            found.add(node.type)
        elif node.type == "VariableDeclaration" and node.kind != "var":
            found.add(node.kind)
        elif node.type == "Property" and (node.shorthand or node.computed or node.method):
            found.add("short property")
        elif node.type in ("FunctionDeclaration", "FunctionExpression") and (node.generator or node.isAsync):
            found.add("generator")
    return found


@pytest.fixture(params=SCRIPTS)
def source(request: pytest.FixtureRequest) -> str:
    return amxd.read(FOLDER / "LEAP.amxd").text(request.param)


def test_the_scripts_are_es5(source: str):
    assert newer(source) == set()


@pytest.mark.parametrize(
    "line", ["let a = 1;", "const a = 1;", "var f = () => 1;", "class A {}", "var t = `a`;", "var o = {a};", "f(...a);"]
)
def test_the_gate_holds_newer_things_back(line: str):
    assert newer(line)


def test_no_function_of_the_host_is_applied(source: str):
    for node in parsed(source):
        if node.type == "MemberExpression" and node.property.name in ("apply", "call"):
            assert node.object.name not in HOST


def test_no_live_object_is_made_before_live_is_ready(source: str):
    """LiveAPI is made in functions only, never while the script is read."""
    made = [
        node for statement in parsed(source)[0].body if statement.type == "VariableDeclaration"
        for node in nodes(statement) if node.type == "NewExpression"
    ]  # fmt: skip
    assert not {node.callee.name for node in made} & {"LiveAPI", "Task", "File"}


@pytest.mark.parametrize("path", sorted((FOLDER / "js").glob("*.js")), ids=lambda path: path.stem)
def test_a_file_holds_one_idea(path: Path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 250
    assert max(map(len, lines)) <= 120


def test_functions_are_short(source: str):
    for node in parsed(source):
        if node.type in ("FunctionDeclaration", "FunctionExpression"):
            assert node.loc.end.line - node.loc.start.line < 40
