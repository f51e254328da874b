#pragma once
#include "elementwise.hpp"
#include "ops/oracles/op_case.hpp"

namespace checks {

/// An operand of a stored case that is floating; ops/compiled has all ops in float too.
struct real {};

namespace detail {

/// What a case stores of its output or of an input.
inline constexpr std::size_t of_output = static_cast<std::size_t>(-1);
template <auto& Case, std::size_t Which> constexpr const oracle::tensor& stored_tensor() {
  if constexpr (Which == of_output) return Case.output;
  else return Case.inputs.items[Which];
}

/// A stored list of numbers as a placeholder of the shape of a stored tensor and the data to feed.
template <auto& Case, std::size_t Which, tl::fixed_string Name, class T> class stored {
 public:
  static constexpr auto leaf = []<std::size_t... D>(std::index_sequence<D...>) {
    return tl::placeholder<Name, T, stored_tensor<Case, Which>().shape[D]...>{};
  }(std::make_index_sequence<stored_tensor<Case, Which>().shape.size()>{});

  template <class List> explicit stored(const List& list) : size_(list.size()), data_(new T[list.size() + 1]) {
    for (std::size_t i = 0; i < size_; ++i) data_[i] = static_cast<T>(list[i]);
  }
  std::span<const T> data() const { return {data_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<T[]> data_;
};

template <auto& Case, class F, class T, class Backend, class... Operands> class case_checker {
 public:
  static faults check(double tolerance) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      static_assert(has_shape(y), "the shape of the result is another than in the stored case");
      const std::tuple<operand<I>...> x{operand<I>(Case.inputs[I].elements)...};
      const std::tuple data{std::get<I>(x).data()...};
      faults found;
      if constexpr (Case.output.gradient.empty()) {
        auto session = tl::session<typename Backend::policy>(y);
        const auto out = session.run((operand<I>::leaf = std::get<I>(data))...);
        compare(found, std::get<0>(out), Case.output.elements, tolerance, "value");
      } else {
        const upstream dy(Case.output.gradient);
        const auto weights = dy.data();
        auto session = std::apply([](auto... e) { return tl::session<typename Backend::policy>(e...); }, std::tuple_cat(std::tuple{y}, gradient<I>()...));
        const auto out = session.run((operand<I>::leaf = std::get<I>(data))..., upstream::leaf = weights);
        compare(found, std::get<0>(out), Case.output.elements, tolerance, "value");
        (compare_gradient<I>(found, out, tolerance), ...);
      }
      return found;
    }(std::make_index_sequence<sizeof...(Operands)>{});
  }

 private:
  template <std::size_t I> using type = std::tuple_element_t<I, std::tuple<std::conditional_t<std::same_as<Operands, real>, T, Operands>...>>;
  template <std::size_t I> static constexpr char letter[]{static_cast<char>('a' + I), '\0'};
  template <std::size_t I> using operand = stored<Case, I, tl::fixed_string(letter<I>), type<I>>;
  static constexpr auto& output = Case.output;
  using upstream = stored<Case, of_output, "dy", T>;

  static constexpr auto y = []<std::size_t... I>(std::index_sequence<I...>) {
    return call<F>(operand<I>::leaf...);
  }(std::make_index_sequence<sizeof...(Operands)>{});

  template <class Y> static constexpr bool has_shape(Y) {
    if (Y::shape.rank != static_cast<int>(output.shape.size())) return false;
    for (std::size_t i = 0; i < output.shape.size(); ++i)
      if (!(Y::shape[static_cast<int>(i)] == tl::dim(output.shape[i]))) return false;
    return true;
  }
  template <std::size_t I> static constexpr bool differentiated = !stored_tensor<Case, I>().gradient.empty();
  template <std::size_t I> static constexpr auto gradient() {
    if constexpr (differentiated<I>) return std::tuple{tl::derivative(tl::sum(y * upstream::leaf), operand<I>::leaf)};
    else return std::tuple{};
  }
  template <std::size_t I, class Out> static void compare_gradient(faults& found, const Out& out, double tolerance) {
    if constexpr (differentiated<I>) {
      constexpr auto position = []<std::size_t... K>(std::index_sequence<K...>) {
        return (std::size_t{1} + ... + std::size_t{differentiated<K>});  // behind the value
      }(std::make_index_sequence<I>{});
      compare(found, std::get<position>(out), stored_tensor<Case, I>().gradient, tolerance, "gradient by operand " + std::to_string(I));
    }
  }
  template <class Found, class Stored>
  static void compare(faults& found, const Found& computed, const Stored& expected, double tolerance, const std::string& what) {
    const auto got = elements_of(computed);
    if (got.size() != expected.size()) return found.add(Case.name, ": ", what, " has ", got.size(), " elements, expected ", expected.size());
    double scale = 0;
    for (double e : expected) scale = std::isfinite(e) ? std::max(scale, std::abs(e)) : scale;
    for (std::size_t i = 0; i < got.size(); ++i)
      if (!(distance(got[i], expected[i], scale) <= tolerance))
        found.add(Case.name, " in ", name_of_type<T>(), " on ", Backend::name, ": ", what, " [", i, "] is ", got[i], ", expected ", expected[i]);
  }
};

}  // namespace detail

/// Compares a structured op with a stored case: shape, values and, where they are stored, the gradients of its operands.
///   Operands   the dtype of each; `real` is double
template <auto& Case, class F, class... Operands> faults case_faults(double tolerance = 1e-13) {
  faults found;
  found += detail::case_checker<Case, F, double, simd, Operands...>::check(tolerance);
  found += detail::case_checker<Case, F, double, reference, Operands...>::check(tolerance);
  return found;
}
template <auto& Case, class... Operands, class F> void check_case(F, double tolerance = 1e-13) { expect(case_faults<Case, F, Operands...>(tolerance)); }

}  // namespace checks
