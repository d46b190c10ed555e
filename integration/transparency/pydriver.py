# pydriver.py runs Python test modules and writes what becomes of each test to
# the file named by $JOURNAL, one line at a time, apart from whatever the tests
# print. Usage: pydriver.py [--without TEST]... [--leave-out PATTERN]... MODULE
import fnmatch
import os
import sys
import unittest

JOURNAL = os.environ.pop("JOURNAL")
SELF = os.getpid()


def note(word, test=""):
    # Opened anew each time: no descriptor for the tests to find. Forked
    # children that run on into the result object are not the test.
    if os.getpid() == SELF:
        with open(JOURNAL, "a") as f:
            f.write(f"{word} {test}\n")


class Result(unittest.TextTestResult):
    def startTest(self, test):
        note("start", test.id())
        super().startTest(test)

    def addSuccess(self, test):
        note("pass", test.id())
        super().addSuccess(test)

    def addExpectedFailure(self, test, err):
        note("pass", test.id())
        super().addExpectedFailure(test, err)

    def addUnexpectedSuccess(self, test):
        note("fail", test.id())
        super().addUnexpectedSuccess(test)

    def addSkip(self, test, reason):
        note("skip", test.id())
        super().addSkip(test, reason)

    def addFailure(self, test, err):
        note("fail", test.id())
        super().addFailure(test, err)

    def addError(self, test, err):
        note("fail", test.id())
        super().addError(test, err)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            note("fail", test.id())
        super().addSubTest(test, subtest, err)


def each(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from each(item)
        else:
            yield item


def main():
    leave_out, modules, args = [], [], sys.argv[1:]
    without = set()
    while args:
        word = args.pop(0)
        if word == "--without":
            without.add(args.pop(0))
        elif word == "--leave-out":
            leave_out.append(args.pop(0))
        else:
            modules.append(word)
    sys.argv[1:] = []
    from test import support

    support.verbose = 1
    loader = unittest.defaultTestLoader
    chosen = unittest.TestSuite()
    for test in each(loader.loadTestsFromNames(modules)):
        name = test.id()
        if name in without or any(fnmatch.fnmatchcase(name, p) for p in leave_out):
            continue
        chosen.addTest(test)
    unittest.TextTestRunner(resultclass=Result, verbosity=2).run(chosen)
    note("end")


main()
