// Elementwise programs with gradients and sums, fed from the card: beside a copy of as many bytes, or a kernel that only reads.
#include <tapeless/tapeless.hpp>

#include <tapeless/cuda/cuda.hpp>

#include "gpu.hpp"

namespace tl = tapeless;
using namespace tl::literals;

namespace {

constexpr tl::placeholder<"a", float, "N"_d> a;
constexpr tl::placeholder<"b", float, "N"_d> b;
constexpr tl::placeholder<"c", float, "N"_d> c;
constexpr tl::placeholder<"d", float, "N"_d> d;
constexpr auto chain = tl::relu(a * b + c) * d - a;
constexpr auto sum_of_chain = tl::sum(chain);
constexpr auto product = tl::sum(a * b + c);

constexpr tl::placeholder<"m", float, "R"_d, "C"_d> m;

/// Sums of many numbers differ in their last bits; rows that are not too long are compared with what rivals find.
constexpr std::int64_t most_compared = 1 << 20;

template <class Session, class... Feeds> void measure(bench::row& row, Session& session, const bench::work& of, bool compared, Feeds... feeds) {
  if (compared) bench::tell(row, session.run(feeds...));
  const bench::copy_roof copy(of);
  row.measure(of, bench::side{"tapeless", [&] { session.run(feeds...); }}, copy.by_call(), copy.by_kernel());
}

struct arrays {
  explicit arrays(std::int64_t n) : as(n, 1, 0.25f, 1.25f), bs(n, 2, 0.25f, 1.25f), cs(n, 3), ds(n, 4, 0.25f, 1.25f) {}
  bench::card_numbers as, bs, cs, ds;
};

void value(bench::row& row, std::int64_t n) {
  const arrays of(n);
  auto session = tl::session<tl::cuda>(chain);
  const double bytes = 4.0 * static_cast<double>(n);
  measure(row, session, {5 * static_cast<double>(n), 4 * bytes, bytes}, n <= most_compared, a = tl::device_pointer(of.as.data(), n), b = tl::device_pointer(of.bs.data(), n),
          c = tl::device_pointer(of.cs.data(), n), d = tl::device_pointer(of.ds.data(), n));
}
void gradient(bench::row& row, std::int64_t n) {
  const arrays of(n);
  constexpr auto& f = sum_of_chain;
  auto session = tl::session<tl::cuda>(f, tl::derivative(f, a), tl::derivative(f, b), tl::derivative(f, c), tl::derivative(f, d));
  const double bytes = 4.0 * static_cast<double>(n);
  measure(row, session, {9 * static_cast<double>(n), 4 * bytes, 4 * bytes}, n <= most_compared, a = tl::device_pointer(of.as.data(), n), b = tl::device_pointer(of.bs.data(), n),
          c = tl::device_pointer(of.cs.data(), n), d = tl::device_pointer(of.ds.data(), n));
}
/// The gradients by a and b are b and a themselves, and that by c is 1: three arrays are read. What is written: a rival that
/// gives new arrays writes three, tapeless none but the ones.
void products(bench::row& row, std::int64_t n) {
  const arrays of(n);
  constexpr auto& f = product;
  auto session = tl::session<tl::cuda>(f, tl::derivative(f, a), tl::derivative(f, b), tl::derivative(f, c));
  const double bytes = 4.0 * static_cast<double>(n);
  measure(row, session, {3 * static_cast<double>(n), 3 * bytes, 3 * bytes}, n <= most_compared, a = tl::device_pointer(of.as.data(), n), b = tl::device_pointer(of.bs.data(), n),
          c = tl::device_pointer(of.cs.data(), n));
}

template <class Sum> void sums(bench::row& row, Sum, std::int64_t rows, std::int64_t columns) {
  const bench::card_numbers x(rows * columns, 5);
  auto session = tl::session<tl::cuda>(Sum());
  const auto feed = m = tl::device_pointer(x.data(), rows, columns);
  row.measure({static_cast<double>(x.size()), 4.0 * static_cast<double>(x.size()), 0}, bench::side{"tapeless", [&] { session.run(feed); }}, bench::read_roof(x));
}

}  // namespace

int main(int argc, char** argv) {
  bench::rows rows;
  for (const int e : {10, 14, 20, 24, 28}) {
    const auto n = std::int64_t(1) << e;
    const auto suffix = " 2^" + std::to_string(e);
    rows.emplace_back("gpu chain" + suffix, [n](bench::row& row) { value(row, n); });
    rows.emplace_back("gpu chain+gradient" + suffix, [n](bench::row& row) { gradient(row, n); });
    rows.emplace_back("gpu sum(a*b+c)+gradients" + suffix, [n](bench::row& row) { products(row, n); });
  }
  for (const auto& [r, n] : {std::pair<std::int64_t, std::int64_t>{16384, 16384}, {1 << 20, 256}}) {
    const auto suffix = " of " + std::to_string(r) + "x" + std::to_string(n);
    rows.emplace_back("gpu sum axis 0" + suffix, [r = r, n = n](bench::row& row) { sums(row, tl::sum<0>(m), r, n); });
    rows.emplace_back("gpu sum axis 1" + suffix, [r = r, n = n](bench::row& row) { sums(row, tl::sum<1>(m), r, n); });
    rows.emplace_back("gpu sum all" + suffix, [r = r, n = n](bench::row& row) { sums(row, tl::sum(m), r, n); });
  }
  return bench::serve_on_card(argc, argv, std::move(rows));
}
