// Counts calls of operator new in the whole program of tests; each test looks at the difference.
#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/backend/simd/simd.hpp>
#include <tapeless/ops/ops.hpp>
#include <tapeless/run/functional.hpp>
#include <tapeless/run/session.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <new>
#include <vector>

namespace {
std::size_t allocations = 0;
void* counted(std::size_t bytes, std::size_t alignment) {
  ++allocations;
  bytes = (bytes + alignment - 1) / alignment * alignment;
  if (void* p = std::aligned_alloc(alignment, bytes == 0 ? alignment : bytes)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void release(void* p) { std::free(p); }  // inlined, g++ sees a mismatch with operator new
}  // namespace

void* operator new(std::size_t n) { return counted(n, alignof(std::max_align_t)); }
void* operator new[](std::size_t n) { return counted(n, alignof(std::max_align_t)); }
void* operator new(std::size_t n, std::align_val_t a) { return counted(n, static_cast<std::size_t>(a)); }
void* operator new[](std::size_t n, std::align_val_t a) { return counted(n, static_cast<std::size_t>(a)); }
void operator delete(void* p) noexcept { release(p); }
void operator delete[](void* p) noexcept { release(p); }
void operator delete(void* p, std::size_t) noexcept { release(p); }
void operator delete[](void* p, std::size_t) noexcept { release(p); }
void operator delete(void* p, std::align_val_t) noexcept { release(p); }
void operator delete[](void* p, std::align_val_t) noexcept { release(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { release(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { release(p); }

namespace {

namespace tl = tapeless;
using namespace tl::literals;

template <class F> std::size_t allocations_in(F f) {
  const auto before = allocations;
  f();
  return allocations - before;
}

template <class T, tl::dim Rows> struct model {
  static constexpr tl::placeholder<"a placeholder whose name is long", T, Rows, 20> x{};
  static constexpr tl::variable<"w", T, 20, 30, tl::glorot_uniform> w{};
  static constexpr auto loss = tl::mean(tl::square(tl::tanh(tl::matmul(x, w)) + tl::random_normal_like<"noise">(tl::matmul(x, w))));
  static constexpr auto update = tl::assign(w, w - 0.1_c * tl::derivative(loss, w));
};

template <class Model, class T> void check_allocations(std::initializer_list<std::int64_t> rows) {
  auto session = tl::session<tl::simd>(Model::loss, Model::update);
  session.initialize(0);
  const std::vector<T> xs(40 * 20, T(0.5));
  for (const auto n : rows) {
    session.run(Model::x = tl::view(xs.data(), n, 20));
    session.run(tl::fetch(Model::loss), Model::x = tl::view(xs.data(), n, 20));
    CHECK(allocations_in([&] {
      for (int i = 0; i < 3; ++i) session.run(Model::x = tl::view(xs.data(), n, 20));
      session.run(tl::fetch(Model::loss), Model::x = tl::view(xs.data(), n, 20));
      session.run(Model::x = std::span(xs.data(), static_cast<std::size_t>(n * 20)));
    }) == 0);
  }
}

}  // namespace

TEST_CASE("allocation: the counter counts") {
  CHECK(allocations_in([] { std::vector<int> v(100); CHECK(v.size() == 100); }) >= 1);
}
TEST_CASE("allocation: none after the first run, static dims") {
  check_allocations<model<float, tl::dim(40)>, float>({40});
  check_allocations<model<double, tl::dim(40)>, double>({40});
}
TEST_CASE("allocation: none after the first run with the same dims") {
  check_allocations<model<float, "N"_d>, float>({40, 3, 17});
  check_allocations<model<double, "N"_d>, double>({40, 3, 17});
}
TEST_CASE("allocation: none at all for functions of numbers; none for arrays after the first call") {
  constexpr auto f = [](auto x, auto y) { return tl::sin(x) * y + 0.5 * x; };
  double sum = 0;
  CHECK(allocations_in([&] { sum += std::get<0>(tl::value_and_grad(f)(1.0, 2.0)); }) == 0);
  CHECK(sum > 2);
  auto g = tl::value_and_grad([](auto x, auto y) { return tl::sum(x * y); });
  const std::vector<double> xs{1, 2, 3}, ys{4, 5, 6};
  g(xs, ys);
  CHECK(allocations_in([&] { g(xs, ys); }) == 0);
}
