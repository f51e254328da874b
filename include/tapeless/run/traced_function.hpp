#pragma once
#include <tapeless/run/function_arguments.hpp>
#include <tapeless/transform/jacobian_products.hpp>

namespace tapeless::inline TAPELESS_ABI::detail {

/// What was asked of a function, while another function is traced that calls it.
template <class Function, asked What> struct traced_function {
  /// A handle, or a tuple of them, in the order of function_type's results; derivatives are by all arguments.
  template <class... Args> constexpr auto operator()(Args... args) const {
    constexpr std::size_t count = arguments_of_function(What, sizeof...(Args));
    builder* owner = nullptr;
    ((owner = owner != nullptr ? owner : owner_of(args)), ...);
    const std::array given{as_ref(*owner, args)...};
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      const auto result = invoke_on_handles<Function>(*owner, given[I]...);
      if constexpr (What != asked::value && tuple_like<decltype(result)>) fail(*owner, several_differentiated);
      sequence<ref> results;
      collect_handles(result, results);
      const ref y = results[0];
      check(*owner, y, given, count);
      const auto moved = [&](ref from) {  // J v, the sum over the arguments
        ref sum;
        for (std::size_t i = 0; i < count && owner->mistake.empty(); ++i) {
          if (!is_floating(given[i].type())) continue;
          const ref along = add_jvp(*owner, from, given[i], given[count + i]);
          sum = sum.exists() ? sum + along : along;
        }
        return sum.exists() ? sum : from;
      };
      using choice = choice_of<Function>;
      constexpr bool zero = std::same_as<typename choice::unused, zero_if_unused_t>;
      const auto by = [&](std::size_t i) { return owner->mistake.empty() && is_floating(given[i].type()) ? add_derivative(*owner, y, given[i], zero) : given[i]; };
      const auto pulled = [&](std::size_t i) { return owner->mistake.empty() && is_floating(given[i].type()) ? add_vjp(*owner, y, given[i], given[count]) : given[i]; };
      constexpr auto chosen = choice::indices(std::array<bool, count>{(static_cast<void>(I), true)...});  // dtypes are not in the types of handles
      const auto gradients = [&]<std::size_t... N>(std::index_sequence<N...>) { return std::tuple(by(chosen.of[N])...); };
      if constexpr (What == asked::value) return result;
      else if constexpr (What == asked::gradient) return unwrap(gradients(std::make_index_sequence<chosen.size>{}));
      else if constexpr (What == asked::value_and_gradient) return std::tuple_cat(std::tuple(y), gradients(std::make_index_sequence<chosen.size>{}));
      else if constexpr (What == asked::vjp) return std::tuple(y, pulled(I)...);
      else if constexpr (What == asked::jvp) return std::tuple(y, moved(y));
      else return unwrap(std::tuple(moved(by(I))...));
    }(std::make_index_sequence<count>{});
  }

 private:
  static constexpr bool could_agree(ref a, ref b) {
    bool could = a.type() == b.type() && a.shape().rank == b.shape().rank;
    for (int axis = 0; could && axis < a.shape().rank; ++axis) could = a.shape()[axis] == b.shape()[axis] || !a.shape()[axis].is_static() || !b.shape()[axis].is_static();
    return could;
  }
  template <std::size_t N> static constexpr void check(builder& b, ref y, const std::array<ref, N>& given, std::size_t count) {
    text m;
    if (needs_scalar(What) && (y.shape().rank != 0 || !is_floating(y.type()))) {
      print_operand(m << "grad: the function must give a floating scalar, not", {y.type(), y.shape()});
      fail(b, m << ": reduce it, for example with tl::sum or tl::mean");
    }
    for (std::size_t i = count; i < N; ++i) {
      const ref like = What == asked::vjp ? y : given[i - count];
      if (given[i].shape() == like.shape() && given[i].type() == like.type()) continue;
      if (could_agree(given[i], like)) {
        given[i] + like;  // says which extents must be equal where these are still free, and what is wrong where they are not
        continue;
      }
      print_operand(m << (What == asked::vjp ? "vjp: the cotangent" : "jvp: the tangent"), {given[i].type(), given[i].shape()});
      print_operand(m << " must be like", {like.type(), like.shape()});
      fail(b, m);
    }
  }
};

}  // namespace tapeless::detail
