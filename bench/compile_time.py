#!/usr/bin/env python3
"""Compiles the programs of the compile-time budget and prints what they cost.

User seconds and peak memory of the compiler, and bytes of the object file: python3 bench/compile_time.py [NAME...]
(all programs, or those whose name contains one of the words). Leaves with 1 if a budget is exceeded by g++.
python3 bench/compile_time.py --growth [NAME...] compiles programs of two sizes more, each twice the one before, and prints by
how much what they cost beyond the header grows: 2 is linear. Leaves with 1 where that is more than 3.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
GNU = ["-fconstexpr-ops-limit=500000000", "-fconstexpr-loop-limit=10000000"]
CUDA = ["-Xcudafe=--max_depth_constexpr_call=2048", "-Xcudafe=--max_cost_constexpr_call=1000000000"]
CLANG = ["-fconstexpr-steps=20000000", "-fbracket-depth=2048", "-ftemplate-depth=2048"]

UMBRELLA = "#include <tapeless/tapeless.hpp>\nint main() {}\n"


def layers(count):
    """Dense layers 64 wide with relu between them, trained by gradient descent."""
    chain = ["constexpr auto h0 = x;"]
    for i in range(count):
        layer = f'tl::nn::dense<"d{i}", 64>(h{i})'
        chain.append(f"constexpr auto h{i + 1} = {layer if i == count - 1 else f'tl::relu({layer})'};")
    body = "\n  ".join(chain)
    return f"""#include <tapeless/tapeless.hpp>
#include <cstdio>
#include <vector>
namespace tl = tapeless;
using namespace tl::literals;
int main() {{
  constexpr tl::placeholder<"x", float, 32, 64> x;
  constexpr tl::placeholder<"y", float, 32, 64> y;
  {body}
  constexpr auto loss = tl::losses::mean_squared_error(h{count}, y);
  auto session = tl::session<tl::simd>(loss, tl::optimizers::sgd(1e-3_c).minimize(loss));
  session.initialize(1);
  std::vector<float> xs(32 * 64, 0.5f), ys(32 * 64, 0.25f);
  for (int i = 0; i < 3; ++i) {{
    auto [value] = session.run(x = xs, y = ys);
    std::printf("%g\\n", value);
  }}
}}
"""


def arithmetic(count):
    """A scalar function of `count` operations, no two of them equal, and its gradient."""
    return f"""#include <tapeless/tapeless.hpp>
#include <cstdio>
namespace tl = tapeless;
int main(int argc, char**) {{
  const auto f = [](auto x, auto y) {{
    for (int i = 0; i < {count} / 2; ++i) x = x * (0.5 + 0.001 * i) + y;
    return x;
  }};
  const auto [value, dx, dy] = tl::value_and_grad(f)(1.0 * argc, 2.0 * argc);
  std::printf("%g %g %g\\n", value, dx, dy);
}}
"""


def option(order):
    """The price of an option with all its different derivatives up to an order, by numbers."""
    inputs = "skvt"
    lines = [f'constexpr tl::placeholder<"{x}", double> {x};' for x in inputs]
    names = ["price"]

    def derive(of, first, left):
        for i in range(first, 4) if left else ():
            name = f"{of}_{inputs[i]}"
            lines.append(f"constexpr auto {name} = tl::derivative({of}, {inputs[i]});")
            names.append(name)
            derive(name, i, left - 1)

    lines.append("""constexpr auto deviation = v * tl::sqrt(t);
  constexpr auto d1 = tl::log(s / k) / deviation + 0.5_c * deviation;
  constexpr auto normal = [](auto x) { return 0.5_c * tl::erfc(-x * 0.70710678118654752440_c); };
  constexpr auto price = s * normal(d1) - k * normal(d1 - deviation);""")
    derive("price", 0, order)
    body = "\n  ".join(lines)
    return f"""#include <tapeless/tapeless.hpp>
#include <cstdio>
namespace tl = tapeless;
using namespace tl::literals;
int main() {{
  {body}
  auto session = tl::session<tl::simd>({', '.join(names)});
  const auto all = session.run(s = 100.0, k = 95.0, v = 0.2, t = 1.0);
  std::apply([](auto... x) {{ (std::printf("%g\\n", x), ...); }}, all);
}}
"""


# name, source, further options, budgets: user seconds, MB, object bytes (None: no budget)
DIGITS = [f"-I{ROOT / 'examples'}", '-DTAPELESS_EXAMPLE_DATA="."']
PROGRAMS = [
    ("umbrella header", UMBRELLA, [], 1.5, None, None),
    ("two-layer net, trained", ROOT / "examples/first_program.cpp", [], 6, 700, None),
    ("digits example", ROOT / "examples/digits.cpp", DIGITS, 10, None, None),
    ("64 dense layers, trained", layers(64), [], 15, 1000, None),
    ("64 dense layers, trained, -g", layers(64), ["-g"], "twice", "twice", 10_000_000),
    ("500 scalar operations, gradient", arithmetic(500), [], 10, None, None),
    ("Black-Scholes, gradient", option(1), [], 2, None, None),
    ("Black-Scholes, Hessian", option(2), [], 4, None, None),
    ("Black-Scholes, third order", option(3), [], 10, None, None),
]


GROWING = [("scalar operations, gradient", arithmetic, (250, 500, 1000)), ("dense layers, trained", layers, (16, 32, 64))]
MOST_GROWTH = 3  # per doubling; what is quadratic takes 4. Graphs that outgrow detail::usual_sizes are traced twice, which is a step of once


def first_found(names):
    return next((path for path in map(shutil.which, names) if path), None)


def compilers():
    gnu = first_found(["g++"])
    if gnu:
        yield "g++", [gnu, "-std=c++20", "-O2", *GNU], [".cpp"]
    clang = first_found([f"clang++-{version}" for version in range(16, 25)])
    if clang:
        yield os.path.basename(clang), [clang, "-std=c++20", "-O2", *CLANG], [".cpp"]
    cuda = os.environ.get("CUDA_PATH", "/usr/local/cuda")
    nvcc = first_found(["nvcc", f"{cuda}/bin/nvcc"])
    if nvcc:
        host = [f"-Xcompiler={option}" for option in GNU]
        yield "nvcc", [nvcc, "-std=c++20", "-O2", "--expt-relaxed-constexpr", "-x", "cu", *CUDA, *host], [".cu"]


def compile_once(command, folder):
    """User seconds, peak MB of the largest process, bytes of the object; None if it does not compile."""
    log = folder / "log"
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        errors = [line for line in log.read_text(errors="replace").splitlines() if "error" in line]
        print("\n".join(line[:300] for line in errors[:3]), file=sys.stderr)
        return None
    return usage.ru_utime, usage.ru_maxrss / 1024, (folder / "program.o").stat().st_size


def fits(found, allowed):
    return allowed is None or found <= allowed


def cost_of(command, suffix, source, options):
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        file = source
        if isinstance(source, str):
            file = folder / f"program{suffix}"
            file.write_text(source)
        return compile_once([*command, *options, f"-I{ROOT / 'include'}", "-c", str(file), "-o", str(folder / "program.o")], folder)


def growth(words):
    print(f"{'program':<34}{'compiler':<12}{'user s':>8}{'MB':>7}   beyond the header, times the one before: s, MB")
    fast = True
    compiler, command, (suffix,) = next(compilers())
    header = cost_of(command, suffix, UMBRELLA, [])
    for name, program, counts in GROWING:
        if words and not any(word in name for word in words):
            continue
        before = None
        for count in counts:
            cost = cost_of(command, suffix, program(count), [])
            if cost is None:
                print(f"{f'{count} {name}':<34}{compiler:<12}  does not compile", flush=True)
                fast = False
                break
            own = [cost[i] - header[i] for i in (0, 1)]
            times = [a / b for a, b in zip(own, before)] if before else []
            fast &= all(t <= MOST_GROWTH for t in times)
            print(f"{f'{count} {name}':<34}{compiler:<12}{cost[0]:>8.2f}{cost[1]:>7.0f}   {', '.join(f'{t:.2f}' for t in times)}", flush=True)
            before = own
    return 0 if fast else 1


def main(words):
    if "--growth" in words:
        return growth([word for word in words if word != "--growth"])
    print(f"{'program':<34}{'compiler':<12}{'user s':>8}{'MB':>7}{'object bytes':>14}  budget")
    short = False
    for compiler, command, (suffix,) in compilers():
        before = None  # what the program above cost, of which -g may take twice as much
        for name, source, options, seconds, megabytes, size in PROGRAMS:
            if words and not any(word in name for word in words):
                continue
            cost = cost_of(command, suffix, source, options)
            if cost is None:
                print(f"{name:<34}{compiler:<12}  does not compile", flush=True)
                short |= compiler == "g++"
                continue
            if seconds == "twice":
                seconds, megabytes = (2 * before[0], 2 * before[1]) if before else (None, None)
            before = cost
            ok = all(map(fits, cost, (seconds, megabytes, size)))
            short |= not ok and compiler == "g++"
            budget = ", ".join(f"{value:{form}} {unit}" for value, form, unit in
                               ((seconds, ".1f", "s"), (megabytes, ".0f", "MB"), (size, "", "bytes")) if value is not None)
            verdict = f"  {budget}  {'ok' if ok else 'short'}" if compiler == "g++" else ""  # the budgets are g++'s
            print(f"{name:<34}{compiler:<12}{cost[0]:>8.2f}{cost[1]:>7.0f}{cost[2]:>14}{verdict}", flush=True)
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
