#pragma once
#include <tapeless/nn/layer.hpp>
#include <tapeless/ops/hyperbolic.hpp>
#include <tapeless/ops/loops.hpp>
#include <tapeless/ops/matmul.hpp>
#include <tapeless/ops/sigmoid.hpp>
#include <tapeless/ops/slice.hpp>

namespace tapeless::inline TAPELESS_ABI::nn {

namespace detail {

/// Gate `index` of several that stand side by side in the last axis.
template <std::int64_t Units, int Index> constexpr ref gate(ref z) { return slice<-1, Index * Units, (Index + 1) * Units>(z); }

}  // namespace detail

// The steps of recurrent layers, as functions of handles: h is what is carried, z = x W + b what the input adds to the gates,
// u the weights of the carried value. Gates stand side by side in the last axis.

/// h' = tanh(z + h U). Elman, "Finding structure in time", 1990.
struct rnn_step {
  constexpr ref operator()(ref h, ref z, ref u) const { return tanh(z + matmul(h, u)); }
};
/// Long short-term memory, gates i, f, g, o: c' = s(f) c + s(i) tanh(g), h' = s(o) tanh(c').
/// Hochreiter & Schmidhuber 1997, with the forget gate of Gers, Schmidhuber & Cummins 2000.
template <std::int64_t Units> struct lstm_step {
  constexpr std::tuple<ref, ref> operator()(std::tuple<ref, ref> state, ref z, ref u) const {
    const auto [h, c] = state;
    const ref gates = z + matmul(h, u);
    const ref i = sigmoid(detail::gate<Units, 0>(gates)), f = sigmoid(detail::gate<Units, 1>(gates));
    const ref g = tanh(detail::gate<Units, 2>(gates)), o = sigmoid(detail::gate<Units, 3>(gates));
    const ref cell = f * c + i * g;
    return {o * tanh(cell), cell};
  }
};
/// Gated recurrent unit, gates r, z, n, the reset gate behind the product: n = tanh(z_n + r (h U_n)), h' = (1 - z) n + z h.
/// Cho et al. 2014, in the form of cuDNN and PyTorch.
template <std::int64_t Units> struct gru_step {
  constexpr ref operator()(ref h, ref x, ref u) const {
    const ref hu = matmul(h, u);
    const ref r = sigmoid(detail::gate<Units, 0>(x) + detail::gate<Units, 0>(hu)), z = sigmoid(detail::gate<Units, 1>(x) + detail::gate<Units, 1>(hu));
    const ref n = tanh(detail::gate<Units, 2>(x) + r * detail::gate<Units, 2>(hu));
    return (1 - z) * n + z * h;
  }
};

namespace detail {

/// The cells, how many gates they have, and what they carry.
template <std::int64_t Units> struct rnn_cell {
  static constexpr std::int64_t gates = 1;
  static constexpr ref first(ref zero) { return zero; }
  static constexpr ref output(ref h) { return h; }
  static constexpr rnn_step step{};
};
template <std::int64_t Units> struct lstm_cell {
  static constexpr std::int64_t gates = 4;
  static constexpr std::tuple<ref, ref> first(ref zero) { return {zero, zero}; }
  static constexpr ref output(std::tuple<ref, ref> state) { return std::get<0>(state); }
  static constexpr lstm_step<Units> step{};
};
template <std::int64_t Units> struct gru_cell {
  static constexpr std::int64_t gates = 3;
  static constexpr ref first(ref zero) { return zero; }
  static constexpr ref output(ref h) { return h; }
  static constexpr gru_step<Units> step{};
};

/// A cell along the leading axis. What the inputs add to the gates is one product for all steps.
template <fixed_string Name, class Cell, std::int64_t Units, bool All> struct recurrent_body {
  static constexpr std::string_view scope = Name.view();
  constexpr ref operator()(ref x) const {
    builder& b = *x.owner;
    const shape s = x.shape();
    if (s.rank < 2 || !s[s.rank - 1].is_static() || !is_floating(x.type())) {
      text m;
      s.print(m << scope << ": a recurrent layer takes floating sequences (steps, ..., features) whose last extent is static, not ");
      fail(b, m << " " << to_string(x.type()));
      return x;
    }
    const ref w = trainable(b, "weights", x.type(), shape(s[s.rank - 1], Cell::gates * Units), glorot_uniform);
    const ref u = trainable(b, "recurrent", x.type(), shape(Units, Cell::gates * Units), glorot_uniform);
    const ref bias = trainable(b, "bias", x.type(), shape(Cell::gates * Units), zeros);
    const ref z = matmul(x, w) + bias;
    shape state = element_shape(s);
    state[state.rank - 1] = dim(Units);
    const auto first = Cell::first(broadcast_to(add_constant(b, 0, x.type(), false), state));
    if constexpr (All) {
      return scan([u](auto h, auto row) {
        const auto next = Cell::step(h, row, u);
        return std::pair(next, Cell::output(next));
      }, first, z).second;
    } else {
      return Cell::output(fold([u](auto h, auto row) { return Cell::step(h, row, u); }, first, z));
    }
  }
};

}  // namespace detail

/// Recurrent layers over the leading axis: `tl::nn::lstm<"encoder", 128>(xs)` gives the output of each step, `lstm_last` that of
/// the last one. They begin with zeros.
///   shape      (steps, ..., n) -> (steps, ..., Units), or (..., Units); the number of steps may be fed
///   variables  "Name/weights" (n, gates Units), "Name/recurrent" (Units, gates Units), "Name/bias" (gates Units)
template <fixed_string Name, std::int64_t Units> inline constexpr layer<detail::recurrent_body<Name, detail::lstm_cell<Units>, Units, true>> lstm{};
template <fixed_string Name, std::int64_t Units> inline constexpr layer<detail::recurrent_body<Name, detail::lstm_cell<Units>, Units, false>> lstm_last{};
template <fixed_string Name, std::int64_t Units> inline constexpr layer<detail::recurrent_body<Name, detail::gru_cell<Units>, Units, true>> gru{};
template <fixed_string Name, std::int64_t Units> inline constexpr layer<detail::recurrent_body<Name, detail::gru_cell<Units>, Units, false>> gru_last{};
template <fixed_string Name, std::int64_t Units> inline constexpr layer<detail::recurrent_body<Name, detail::rnn_cell<Units>, Units, true>> rnn{};
template <fixed_string Name, std::int64_t Units> inline constexpr layer<detail::recurrent_body<Name, detail::rnn_cell<Units>, Units, false>> rnn_last{};

}  // namespace tapeless::nn
