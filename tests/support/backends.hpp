#pragma once
#include "faults.hpp"
#include "numbers.hpp"

#include <tapeless/backend/reference/reference.hpp>
#include <tapeless/backend/simd/simd.hpp>
#include <tapeless/ops/ops.hpp>
#include <tapeless/run/session.hpp>

#include <vector>

namespace checks {

namespace tl = tapeless;
using namespace tl::literals;

namespace detail {

template <class T> std::vector<double> numbers_of(const T& t) {
  if constexpr (tl::element<T>) return {static_cast<double>(t)};
  else return std::vector<double>(t.begin(), t.end());
}
template <class T> bool same_shape(const T& a, const T& b) {
  if constexpr (tl::element<T>) return true;
  else return a.shape() == b.shape();
}

}  // namespace detail

/// Two sessions over the same fetches, one on the backend that is tested, one on the reference.
template <class Tested, class... Fetches> class beside_reference {
 public:
  template <class F> void each(F f) { f(fast_), f(plain_); }
  /// Runs both; `tolerance` is relative to the greatest element.
  template <class... Feeds> faults compare(double tolerance, Feeds... feeds) {
    faults found;
    const auto a = fast_.run(feeds...);
    const auto b = plain_.run(feeds...);
    [&]<std::size_t... I>(std::index_sequence<I...>) { (compare_one(found, I, std::get<I>(a), std::get<I>(b), tolerance), ...); }(std::make_index_sequence<std::tuple_size_v<decltype(a)>>{});
    return found;
  }

 private:
  template <class T> static void compare_one(faults& found, std::size_t which, const T& a, const T& b, double tolerance) {
    if (!detail::same_shape(a, b)) return found.add("fetch ", which, ": shapes differ");
    const auto x = detail::numbers_of(a), y = detail::numbers_of(b);
    double scale = 0;
    for (double e : y) scale = std::isfinite(e) ? std::max(scale, std::abs(e)) : scale;
    for (std::size_t i = 0; i < y.size(); ++i)
      if (!(distance(x[i], y[i], scale) <= tolerance)) found.add("fetch ", which, " [", i, "] is ", x[i], ", on the reference ", y[i]);
  }

  tl::session_type<Tested, Fetches...> fast_;
  tl::session_type<tl::reference, Fetches...> plain_;
};

/// The same with the SIMD backend.
template <class... Fetches> class both_backends : public beside_reference<tl::simd, Fetches...> {
 public:
  explicit both_backends(Fetches...) {}
};

}  // namespace checks
