// What works on whole rows, with gradients, fed from the card: beside a copy of as many bytes.
#include <tapeless/tapeless.hpp>

#include <tapeless/cuda/cuda.hpp>

#include "gpu.hpp"

namespace tl = tapeless;
using namespace tl::literals;

namespace {

constexpr tl::placeholder<"x", float, "R"_d, "C"_d> x;
constexpr tl::placeholder<"dy", float, "R"_d, "C"_d> dy;
constexpr tl::placeholder<"labels", std::int32_t, "R"_d> labels;
constexpr tl::placeholder<"gain", float, "C"_d> gain;
constexpr tl::placeholder<"bias", float, "C"_d> bias;

constexpr auto softmax = tl::softmax(x);
constexpr auto centred = x - tl::mean<1>(x, tl::keepdims);
constexpr auto normal = centred * tl::rsqrt(tl::mean<1>(tl::square(centred), tl::keepdims) + 1e-5_c) * gain + bias;

/// Feeds in order: x, dy and what belongs to the columns.
struct matrices {
  matrices(std::int64_t r, std::int64_t n) : rows(r), columns(n), xs(r * n, 1, -4, 4), dys(r * n, 2), gains(n, 3, 0.5f, 1.5f), biases(n, 4) {}
  std::int64_t rows, columns;
  bench::card_numbers xs, dys, gains, biases;

  auto x_fed() const { return x = tl::device_pointer(xs.data(), rows, columns); }
  auto dy_fed() const { return dy = tl::device_pointer(dys.data(), rows, columns); }
  auto gain_fed() const { return gain = tl::device_pointer(gains.data(), columns); }
  auto bias_fed() const { return bias = tl::device_pointer(biases.data(), columns); }
  double bytes() const { return 4.0 * static_cast<double>(rows * columns); }
  bool compared() const { return rows * columns <= 1 << 22; }
};

template <class Session, class... Feeds> void measure(bench::row& row, const matrices& of, Session& session, const bench::work& work, Feeds... feeds) {
  if (of.compared()) bench::tell(row, session.run(feeds...));
  const bench::copy_roof copy(work);
  row.measure(work, bench::side{"tapeless", [&] { session.run(feeds...); }}, copy.by_call(), copy.by_kernel());
}

void softmax_alone(bench::row& row, std::int64_t r, std::int64_t n) {
  const matrices of(r, n);
  auto session = tl::session<tl::cuda>(softmax);
  measure(row, of, session, {0, of.bytes(), of.bytes()}, of.x_fed());
}
void softmax_with_gradient(bench::row& row, std::int64_t r, std::int64_t n) {
  const matrices of(r, n);
  auto session = tl::session<tl::cuda>(softmax, tl::derivative(tl::sum(softmax * dy), x));
  measure(row, of, session, {0, 2 * of.bytes(), 2 * of.bytes()}, of.x_fed(), of.dy_fed());
}
void layer_norm_with_gradient(bench::row& row, std::int64_t r, std::int64_t n) {
  const matrices of(r, n);
  constexpr auto f = tl::sum(normal * dy);
  auto session = tl::session<tl::cuda>(normal, tl::derivative(f, x), tl::derivative(f, gain), tl::derivative(f, bias));
  measure(row, of, session, {0, 2 * of.bytes(), 2 * of.bytes()}, of.x_fed(), of.dy_fed(), of.gain_fed(), of.bias_fed());
}
/// Labels that are numbers are among as many classes as are known when it is compiled.
template <std::int64_t Classes> void cross_entropy_with_gradient(bench::row& row, std::int64_t r) {
  constexpr tl::placeholder<"logits", float, "R"_d, Classes> logits;
  constexpr auto loss = tl::losses::softmax_cross_entropy(logits, labels);
  const matrices of(r, Classes);
  std::vector<std::int32_t> classes(static_cast<std::size_t>(r));
  for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = static_cast<std::int32_t>(7 * static_cast<std::int64_t>(i) % Classes);
  const bench::card_array<std::int32_t> labels_on_card(classes);
  auto session = tl::session<tl::cuda>(loss, tl::derivative(loss, logits));
  measure(row, of, session, {0, of.bytes(), of.bytes()}, logits = tl::device_pointer(of.xs.data(), r, Classes), labels = tl::device_pointer(labels_on_card.data(), r));
}

}  // namespace

int main(int argc, char** argv) {
  bench::rows rows;
  for (const auto& [r, n] : {std::pair<std::int64_t, std::int64_t>{4096, 1024}, {16384, 4096}, {65536, 4096}}) {
    const auto add = [&](const char* name, void (*make)(bench::row&, std::int64_t, std::int64_t)) {
      rows.emplace_back(std::string("gpu ") + name + " " + std::to_string(r) + "x" + std::to_string(n), [=, r = r, n = n](bench::row& row) { make(row, r, n); });
    };
    add("softmax", softmax_alone);
    add("softmax+gradient", softmax_with_gradient);
    add("layer-norm+gradient", layer_norm_with_gradient);
    add("cross-entropy+gradient", [](bench::row& row, std::int64_t rows, std::int64_t columns) {
      if (columns == 1024) cross_entropy_with_gradient<1024>(row, rows);
      else cross_entropy_with_gradient<4096>(row, rows);
    });
  }
  return bench::serve_on_card(argc, argv, std::move(rows));
}
