// Small nets, one sample at a time, against loops of fixed length and Eigen's fixed-size matrices.
#include <tapeless/tapeless.hpp>

#include <array>

#include "support.hpp"
#if __has_include(<Eigen/Dense>)
#include <Eigen/Dense>
#endif

namespace tl = tapeless;
using bench::policy;

namespace {

template <std::size_t In, std::size_t Out> struct weights {
  const float* w;
  const float* b;

  std::array<float, Out> operator()(const float* x) const {
    std::array<float, Out> y;
    for (std::size_t j = 0; j < Out; ++j) y[j] = b[j];
    for (std::size_t i = 0; i < In; ++i)
      for (std::size_t j = 0; j < Out; ++j) y[j] += x[i] * w[Out * i + j];
    return y;
  }
#if __has_include(<Eigen/Dense>)
  auto on_eigen(const auto& x) const {
    using matrix = Eigen::Matrix<float, int(Out), int(In), Out == 1 ? Eigen::RowMajor : Eigen::ColMajor>;
    Eigen::Matrix<float, int(Out), 1> y = Eigen::Map<const Eigen::Matrix<float, int(Out), 1>>(b);
    y.noalias() += Eigen::Map<const matrix>(w) * x;
    return y;
  }
#endif
};

template <class Ours, class Hand, class Eigens>
void compare(bench::row& row, double parameters, std::size_t outputs, const Ours& ours, const Hand& by_hand, [[maybe_unused]] const Eigens& on_eigen) {
  const auto expected = by_hand();
  row.expect_close(std::vector<float>(ours(), ours() + outputs), expected, 1e-5);
  const bench::work work{2 * parameters, 4 * parameters, 4.0 * static_cast<double>(outputs)};
  const auto consumed = [](const auto& run) {
    return [&run] {
      const auto result = run();
      bench::consume(result.data());
    };
  };
  const auto tapeless = [&] { bench::consume(ours()); };
#if __has_include(<Eigen/Dense>)
  row.expect_close(on_eigen(), expected, 1e-5);
  row.measure(work, bench::side{"tapeless", tapeless}, bench::side{"hand", consumed(by_hand)}, bench::side{"Eigen", consumed(on_eigen)});
#else
  row.measure(work, bench::side{"tapeless", tapeless}, bench::side{"hand", consumed(by_hand)});
#endif
}

void tanh_net(bench::row& row) {
  constexpr tl::placeholder<"x", float, 1, 8> x;
  auto session = tl::session<policy>(tl::nn::dense<"out", 1>(tl::tanh(tl::nn::dense<"hidden", 8>(x))));
  session.initialize(1);
  const weights<8, 8> hidden{session.template variable<"hidden/weights">().data(), session.template variable<"hidden/bias">().data()};
  const weights<8, 1> out{session.template variable<"out/weights">().data(), session.template variable<"out/bias">().data()};
  const bench::numbers<float> xs(8);
  const auto by_hand = [&] {
    auto h = hidden(xs.data());
    for (float& v : h) v = std::tanh(v);
    return out(h.data());
  };
  const auto on_eigen = [&] {
#if __has_include(<Eigen/Dense>)
    return out.on_eigen(hidden.on_eigen(Eigen::Map<const Eigen::Vector<float, 8>>(xs.data())).array().tanh().matrix().eval());
#endif
  };
  compare(row, 81, 1, [&] { return std::get<0>(session.run(x = xs)).data(); }, by_hand, on_eigen);
}

void relu_net(bench::row& row) {
  constexpr tl::placeholder<"x", float, 1, 64> x;
  constexpr auto net = tl::nn::sequential(tl::nn::dense<"a", 64>, tl::nn::relu, tl::nn::dense<"b", 64>, tl::nn::relu, tl::nn::dense<"c", 8>);
  auto session = tl::session<policy>(net(x));
  session.initialize(1);
  const weights<64, 64> a{session.template variable<"a/weights">().data(), session.template variable<"a/bias">().data()};
  const weights<64, 64> b{session.template variable<"b/weights">().data(), session.template variable<"b/bias">().data()};
  const weights<64, 8> c{session.template variable<"c/weights">().data(), session.template variable<"c/bias">().data()};
  const bench::numbers<float> xs(64);
  const auto relu = [](auto h) {
    for (float& v : h) v = v > 0 ? v : 0;
    return h;
  };
  const auto by_hand = [&] { return c(relu(b(relu(a(xs.data())).data())).data()); };
  const auto on_eigen = [&] {
#if __has_include(<Eigen/Dense>)
    const auto ha = a.on_eigen(Eigen::Map<const Eigen::Vector<float, 64>>(xs.data())).cwiseMax(0.0f).eval();
    return c.on_eigen(b.on_eigen(ha).cwiseMax(0.0f).eval());
#endif
  };
  compare(row, 65 * 64 * 2 + 65 * 8, 8, [&] { return std::get<0>(session.run(x = xs)).data(); }, by_hand, on_eigen);
}

}  // namespace

int main(int argc, char** argv) { return bench::serve(argc, argv, {{"mlp 8-8-1 tanh", tanh_net}, {"mlp 64-64-64-8 relu", relu_net}}); }
