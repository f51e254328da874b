// Elementary functions of an array in the cache, against those of xsimd, Eigen and glibc's vector library.
#include <tapeless/tapeless.hpp>

#include "support.hpp"
#include <dlfcn.h>
#if __has_include(<Eigen/Core>)
#include <Eigen/Core>
#endif

namespace tl = tapeless;
using bench::policy;

namespace {

constexpr int n = 1 << 12;
constexpr tl::placeholder<"x", float, n> x;
using batch = xsimd::batch<float>;

// The widest form of a function of glibc's libmvec, if this program's registers are those of one.
#if defined(__AVX512F__)
using libmvec_function = __m512 (*)(__m512);
constexpr const char* libmvec_prefix = "_ZGVeN16v_";
#elif defined(__AVX2__)
using libmvec_function = __m256 (*)(__m256);
constexpr const char* libmvec_prefix = "_ZGVdN8v_";
#else
using libmvec_function = batch (*)(batch);
constexpr const char* libmvec_prefix = "";
#endif

libmvec_function from_libmvec(const std::string& function) {
  static void* const library = dlopen("libmvec.so.1", RTLD_NOW);
  return library == nullptr ? nullptr : reinterpret_cast<libmvec_function>(dlsym(library, (libmvec_prefix + function).c_str()));
}

template <class F> void apply(const bench::numbers<float>& from, std::vector<float>& to, F f) {
  for (std::size_t i = 0; i < n; i += batch::size) batch(f(batch::load_unaligned(from.data() + i))).store_unaligned(to.data() + i);
  bench::consume(to.data());
}

/// `Y`: the function of x; `on_eigen` of an array; `on_xsimd` of a batch; both may be of what the library has not (nullptr).
template <class Y, class Eigens, class Xsimds> auto function(Y, const char* name, float from, float to, double flops, Eigens on_eigen, Xsimds on_xsimd) {
  return [=](bench::row& row) {
    auto session = tl::session<policy>(Y());
    const bench::numbers<float> xs(n, from, to);
    std::vector<float> ys(n), theirs(n);
    const bench::work work{flops * n, 4.0 * n, 4.0 * n};
    const auto ours = [&] { bench::consume(std::get<0>(session.run(x = xs)).data()); };
    const auto plain = [&] { apply(xs, ys, on_xsimd); };
    const auto run = [&](auto... sides) {
      const auto in_libmvec = from_libmvec(name + std::string("f"));
      const auto libmvec = [&] { apply(xs, theirs, [&](batch b) { return batch(in_libmvec(b)); }); };
      if (in_libmvec == nullptr) row.measure(work, bench::side{"tapeless", ours}, bench::side{"xsimd", plain}, sides...);
      else row.measure(work, bench::side{"tapeless", ours}, bench::side{"xsimd", plain}, bench::side{"libmvec", libmvec}, sides...);
    };
    plain();
    row.expect_close(std::get<0>(session.run(x = xs)), ys, 1e-6);
#if __has_include(<Eigen/Core>)
    const Eigen::Map<const Eigen::Array<float, n, 1>> in(xs.data());
    std::vector<float> out(n);
    const auto eigen = [&] {
      Eigen::Map<Eigen::Array<float, n, 1>>(out.data()) = on_eigen(in);
      bench::consume(out.data());
    };
    run(bench::side{"Eigen", eigen});
#else
    run();
#endif
  };
}

bench::rows all_rows() {
  bench::rows r;
  const auto add = [&](auto y, const char* name, float from, float to, double flops, auto on_eigen, auto on_xsimd) {
    r.emplace_back(std::string(name) + " of 4096", function(y, name, from, to, flops, on_eigen, on_xsimd));
  };
  add(tl::exp(x), "exp", -10, 10, 13, [](const auto& a) { return a.exp(); }, [](batch b) { return xsimd::exp(b); });
  add(tl::log(x), "log", 0.01f, 100, 20, [](const auto& a) { return a.log(); }, [](batch b) { return xsimd::log(b); });
  add(tl::tanh(x), "tanh", -4, 4, 20, [](const auto& a) { return a.tanh(); }, [](batch b) { return xsimd::tanh(b); });
  add(tl::sigmoid(x), "sigmoid", -8, 8, 16, [](const auto& a) { return a.logistic(); }, [](batch b) { return 1.f / (1.f + xsimd::exp(-b)); });
  add(tl::erf(x), "erf", -3, 3, 25, [](const auto& a) { return a.unaryExpr([](float v) { return std::erf(v); }); }, [](batch b) { return xsimd::erf(b); });
  add(tl::sin(x), "sin", -10, 10, 20, [](const auto& a) { return a.sin(); }, [](batch b) { return xsimd::sin(b); });
  return r;
}

}  // namespace

int main(int argc, char** argv) { return bench::serve(argc, argv, all_rows()); }
