// Reductions of a 1000x1000 matrix over its rows, its columns and all of it, against Eigen.
#include <tapeless/tapeless.hpp>

#include "support.hpp"
#if __has_include(<Eigen/Dense>)
#include <Eigen/Dense>
#endif

namespace tl = tapeless;
using bench::policy;

namespace {

constexpr int n = 1000;
constexpr tl::placeholder<"x", float, n, n> x;

#if __has_include(<Eigen/Dense>)
using matrix = Eigen::Array<float, n, n, Eigen::RowMajor>;
using map = Eigen::Map<const Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>, Eigen::Aligned64>;
#endif

const float* place(const float& scalar) { return &scalar; }
const std::int64_t* place(const std::int64_t& scalar) { return &scalar; }
const auto* place(const auto& view) { return view.data(); }

/// `over`: the axis of the reduction, -1 for all. `on_eigen(matrix, to)` writes the results to `to`.
template <class Result, class Y, class Eigens> void reduce(bench::row& row, Y, int over, double flops_of_element, const Eigens& on_eigen) {
  auto session = tl::session<policy>(Y());
  const bench::numbers<float> xs(n * n);
  const auto ours = [&] {
    const auto& y = std::get<0>(session.run(x = xs));
    bench::consume(place(y));
  };
  const std::size_t count = over < 0 ? 1 : n;
  const bench::work work{flops_of_element * n * n, 4.0 * n * n, 4.0 * static_cast<double>(count)};
#if __has_include(<Eigen/Dense>)
  std::vector<Result> to(count);
  const map m(xs.data(), n, n);
  on_eigen(m, to.data());
  const auto results = session.run(x = xs);
  row.expect_close(std::vector<Result>(place(std::get<0>(results)), place(std::get<0>(results)) + count), to, 1e-3);
  row.measure(work, bench::side{"tapeless", ours}, bench::side{"Eigen", [&] { on_eigen(m, to.data()), bench::consume(to.data()); }});
#else
  static_cast<void>(on_eigen);
  row.measure(work, bench::side{"tapeless", ours});
#endif
}

template <class Y, class Eigens> auto axis(Y y, int over, double flops, Eigens on_eigen) {
  using result = std::conditional_t<Y::type == tl::dtype::i64, std::int64_t, float>;
  return [=](bench::row& row) { reduce<result>(row, y, over, flops, on_eigen); };
}

/// The first place of the greatest in each row or column, as Eigen gives it.
[[maybe_unused]] void greatest_of_rows(const auto& m, std::int64_t* to) {
  for (int i = 0; i < n; ++i) m.row(i).maxCoeff(to + i);
}
[[maybe_unused]] void greatest_of_columns(const auto& m, std::int64_t* to) {
  for (int j = 0; j < n; ++j) m.col(j).maxCoeff(to + j);
}

bench::rows all_rows() {
  bench::rows r;
#if __has_include(<Eigen/Dense>)
  const auto columns = [](float* to) { return Eigen::Map<Eigen::Array<float, 1, Eigen::Dynamic>>(to, n); };
  const auto lines = [](float* to) { return Eigen::Map<Eigen::Array<float, Eigen::Dynamic, 1>>(to, n); };
#else
  const auto columns = [](float*) { return 0; }, lines = columns;
#endif
  r.emplace_back("sum axis 0", axis(tl::sum<0>(x), 0, 1, [=](const auto& m, float* to) { columns(to) = m.colwise().sum(); }));
  r.emplace_back("sum axis 1", axis(tl::sum<1>(x), 1, 1, [=](const auto& m, float* to) { lines(to) = m.rowwise().sum(); }));
  r.emplace_back("sum all", axis(tl::sum(x), -1, 1, [](const auto& m, float* to) { *to = m.sum(); }));
  r.emplace_back("mean axis 0", axis(tl::mean<0>(x), 0, 1, [=](const auto& m, float* to) { columns(to) = m.colwise().mean(); }));
  r.emplace_back("mean axis 1", axis(tl::mean<1>(x), 1, 1, [=](const auto& m, float* to) { lines(to) = m.rowwise().mean(); }));
  r.emplace_back("mean all", axis(tl::mean(x), -1, 1, [](const auto& m, float* to) { *to = m.mean(); }));
  r.emplace_back("max axis 0", axis(tl::max<0>(x), 0, 1, [=](const auto& m, float* to) { columns(to) = m.colwise().maxCoeff(); }));
  r.emplace_back("max axis 1", axis(tl::max<1>(x), 1, 1, [=](const auto& m, float* to) { lines(to) = m.rowwise().maxCoeff(); }));
  r.emplace_back("max all", axis(tl::max(x), -1, 1, [](const auto& m, float* to) { *to = m.maxCoeff(); }));
  r.emplace_back("variance axis 0", axis(tl::variance<0>(x), 0, 3, [=](const auto& m, float* to) {
    columns(to) = (m.rowwise() - m.colwise().mean().eval()).square().colwise().mean();
  }));
  r.emplace_back("variance axis 1", axis(tl::variance<1>(x), 1, 3, [=](const auto& m, float* to) {
    for (int i = 0; i < n; ++i) to[i] = (m.row(i) - m.row(i).mean()).square().mean();  // quicker than rowwise() in one expression
  }));
  r.emplace_back("variance all", axis(tl::variance(x), -1, 3, [](const auto& m, float* to) { *to = (m - m.mean()).square().mean(); }));
  r.emplace_back("arg_max axis 0", axis(tl::arg_max<0>(x), 0, 1, [](const auto& m, std::int64_t* to) { greatest_of_columns(m, to); }));
  r.emplace_back("arg_max axis 1", axis(tl::arg_max<1>(x), 1, 1, [](const auto& m, std::int64_t* to) { greatest_of_rows(m, to); }));
  r.emplace_back("arg_max all", axis(tl::arg_max<0>(tl::flatten(x)), -1, 1, [](const auto& m, std::int64_t* to) {
    std::ptrdiff_t i, j;
    m.maxCoeff(&i, &j);
    *to = i * n + j;
  }));
  for (auto& [name, make] : r) name += " of 1000x1000";
  return r;
}

}  // namespace

int main(int argc, char** argv) { return bench::serve(argc, argv, all_rows()); }
