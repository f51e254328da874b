// What the gradient of each op costs: an op of 4096 floats and the gradient of its sum, beside the op alone.
#include <tapeless/tapeless.hpp>

#include "support.hpp"

namespace tl = tapeless;
using namespace tl::literals;

namespace {

constexpr std::int64_t n = 4096;

template <class F, std::size_t Operands> struct op {
  const char* name;
  F f;
  float from, to;
};
template <std::size_t Operands = 1, class F> constexpr op<F, Operands> of(const char* name, F f, float from = -2, float to = 2) { return {name, f, from, to}; }

constexpr std::tuple ops{
    of("abs", [](auto x) { return tl::abs(x); }),
    of("square", [](auto x) { return tl::square(x); }),
    of("cube", [](auto x) { return tl::pow<3>(x); }),
    of("sqrt", [](auto x) { return tl::sqrt(x); }, 0.1f, 9.f),
    of("rsqrt", [](auto x) { return tl::rsqrt(x); }, 0.1f, 9.f),
    of("reciprocal", [](auto x) { return tl::reciprocal(x); }, 0.3f, 4.f),
    of("exp", [](auto x) { return tl::exp(x); }),
    of("exp2", [](auto x) { return tl::exp2(x); }),
    of("expm1", [](auto x) { return tl::expm1(x); }),
    of("log", [](auto x) { return tl::log(x); }, 0.1f, 9.f),
    of("log1p", [](auto x) { return tl::log1p(x); }, -0.8f, 6.f),
    of("log2", [](auto x) { return tl::log2(x); }, 0.1f, 9.f),
    of("sin", [](auto x) { return tl::sin(x); }, -7.f, 7.f),
    of("cos", [](auto x) { return tl::cos(x); }, -7.f, 7.f),
    of("tan", [](auto x) { return tl::tan(x); }, -1.3f, 1.3f),
    of("asin", [](auto x) { return tl::asin(x); }, -0.9f, 0.9f),
    of("acos", [](auto x) { return tl::acos(x); }, -0.9f, 0.9f),
    of("atan", [](auto x) { return tl::atan(x); }),
    of("sinh", [](auto x) { return tl::sinh(x); }),
    of("cosh", [](auto x) { return tl::cosh(x); }),
    of("tanh", [](auto x) { return tl::tanh(x); }),
    of("sigmoid", [](auto x) { return tl::sigmoid(x); }),
    of("softplus", [](auto x) { return tl::softplus(x); }),
    of("silu", [](auto x) { return tl::silu(x); }),
    of("gelu", [](auto x) { return tl::gelu(x); }),
    of("erf", [](auto x) { return tl::erf(x); }),
    of("erfc", [](auto x) { return tl::erfc(x); }),
    of("relu", [](auto x) { return tl::relu(x); }),
    of("leaky_relu", [](auto x) { return tl::leaky_relu(x); }),
    of("elu", [](auto x) { return tl::elu(x); }),
    of<2>("mul", [](auto a, auto b) { return a * b; }),
    of<2>("div", [](auto a, auto b) { return a / b; }, 0.4f, 4.f),
    of<2>("maximum", [](auto a, auto b) { return tl::maximum(a, b); }),
    of<2>("pow", [](auto a, auto b) { return tl::pow(a, b); }, 0.3f, 3.f),
    of<2>("atan2", [](auto a, auto b) { return tl::atan2(a, b); }, 0.4f, 4.f),
    of<2>("hypot", [](auto a, auto b) { return tl::hypot(a, b); }, 0.4f, 4.f),
    of<2>("mod", [](auto a, auto b) { return tl::mod(a, b); }, 0.4f, 4.f),
    of<2>("xlogy", [](auto a, auto b) { return tl::xlogy(a, b); }, 0.4f, 4.f),
    of("max", [](auto x) { return tl::max(x); }),
    of("logsumexp", [](auto x) { return tl::logsumexp(x); }),
    of("softmax", [](auto x) { return tl::softmax(x); }),
    of("norm", [](auto x) { return tl::norm(x); }),
    of("variance", [](auto x) { return tl::variance(x); }),
};

template <std::size_t I> void measure(bench::row& row) {
  constexpr auto& o = std::get<I>(ops);
  const auto run = [&]<class F, std::size_t Operands>(const op<F, Operands>&) {
    constexpr tl::placeholder<"a", float, n> a;
    constexpr tl::placeholder<"b", float, n> b;
    const bench::numbers<float> as(n, o.from, o.to), bs(n, o.from, o.to);
    const auto used = [](const auto& results) { std::apply([](const auto&... r) { (bench::consume(&r), ...); }, results); };
    const auto compare = [&](auto value, auto both, auto... feeds) {
      row.measure({}, bench::side{"tapeless", [&] { used(both.run(feeds...)); }}, bench::side{"primal", [&] { used(value.run(feeds...)); }});
    };
    if constexpr (Operands == 1) {
      constexpr auto y = F{}(a);
      compare(tl::session<tl::simd>(y), tl::session<tl::simd>(y, tl::derivative(tl::sum(y), a)), a = as);
    } else {
      constexpr auto y = F{}(a, b);
      compare(tl::session<tl::simd>(y), tl::session<tl::simd>(y, tl::derivative(tl::sum(y), a), tl::derivative(tl::sum(y), b)), a = as, b = bs);
    }
  };
  run(o);
}

}  // namespace

int main(int argc, char** argv) {
  bench::rows rows;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (rows.emplace_back(std::string("gradient of ") + std::get<I>(ops).name, measure<I>), ...);
  }(std::make_index_sequence<std::tuple_size_v<decltype(ops)>>{});
  return bench::serve(argc, argv, rows);
}
