import time, collections, pytest, os

T = collections.Counter()
N = collections.Counter()
F = collections.Counter()
S = {}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item, nextitem):
    a = os.times()
    yield
    b = os.times()
    d = sum(b[i] - a[i] for i in range(4))
    T[item.location[0]] += d
    N[item.location[0]] += 1
    F["/".join(item.location[0].split("/")[:2])] += d
    S[item.nodeid] = d


def pytest_terminal_summary(terminalreporter):
    for k, v in T.most_common(25):
        terminalreporter.write_line(f"{v:7.2f} {N[k]:5} {k}")
    terminalreporter.write_line(str(F))
    for k, v in sorted(S.items(), key=lambda x: -x[1])[:25]:
        terminalreporter.write_line(f"{v:7.2f} {k}")
