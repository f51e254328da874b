// Training steps on a card: a small net, where launches count; a large one, where products do, beside the products alone; and
// handwritten digits, an epoch of which is a row.
#include <tapeless/tapeless.hpp>

#include <tapeless/cuda/cublas.hpp>
#include <tapeless/cuda/cuda.hpp>

#include "../examples/digits_data.hpp"
#include "gpu.hpp"

namespace tl = tapeless;
using namespace tl::literals;
using tl::device::product_mode;

namespace {

template <int Batch, int In, int Hidden, int Out> struct two_layers {
  static constexpr tl::placeholder<"x", float, Batch, In> x{};
  static constexpr tl::placeholder<"y", float, Batch, Out> y{};
  static constexpr tl::variable<"w1", float, In, Hidden> w1{};
  static constexpr tl::variable<"w2", float, Hidden, Out> w2{};
  static constexpr auto h = tl::relu(tl::matmul(x, w1));
  static constexpr auto loss = tl::sum(tl::square(tl::matmul(h, w2) - y));
  static constexpr double first = 2.0 * Batch * In * Hidden, second = 2.0 * Batch * Hidden * Out;

  static constexpr bench::work work{2 * first + 3 * second, 4.0 * (In * double(Hidden) + Hidden * double(Out)), 4.0 * (In * double(Hidden) + Hidden * double(Out))};
};

std::vector<float> uniform(std::int64_t count, std::uint32_t seed, float most) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = bench::number_at(static_cast<std::uint32_t>(i), seed, -most, most);
  return values;
}
template <class Variable> void start(Variable to, std::uint32_t seed, float most) { std::ranges::copy(uniform(to.size(), seed, most), to.begin()); }

template <class T> __global__ void convert(T* to, const float* from, std::int64_t n) {
  for (std::int64_t i = blockIdx.x * std::int64_t(blockDim.x) + threadIdx.x; i < n; i += std::int64_t(gridDim.x) * blockDim.x) to[i] = static_cast<T>(from[i]);
}
/// Numbers on the card as they are stored for products.
template <class T> struct operand : bench::card_array<T> {
  operand(std::int64_t count, std::uint32_t seed) : bench::card_array<T>(count) {
    const bench::card_numbers floats(count, seed);
    convert<<<1024, 256>>>(this->data(), floats.data(), count);
    bench::expect(cudaDeviceSynchronize());
  }
};

/// Products of a step, by cuBLASLt and nothing around them: forward two, backward three. Operands are T, and so is what lies between
/// two products.
template <class T> class products_alone {
 public:
  products_alone(std::int64_t batch, std::int64_t in, std::int64_t hidden, std::int64_t out, product_mode mode)
      : x_(batch * in, 1), h_(batch * hidden, 2), d_(batch * out, 3), w1_(in * hidden, 4), w2_(hidden * out, 5), y_(batch * std::max(hidden, out) + in * hidden, 6), scratch_(std::int64_t(32) << 20) {
    const auto ask = [&](const T* a, const T* b, tl::dtype type, std::int64_t m, std::int64_t n, std::int64_t k, tl::device::matrix_layout a_layout, tl::device::matrix_layout b_layout) {
      tl::device::product_request r;
      r.a = a, r.b = b, r.y = y_.data(), r.type = type, r.stored = tl::dtype_of<T>, r.m = m, r.n = n, r.k = k, r.a_layout = a_layout, r.b_layout = b_layout;
      r.y_layout.leading = n, r.mode = mode, r.scratch = scratch_.data(), r.scratch_bytes = scratch_.size();
      requests_.push_back(r);
    };
    ask(x_.data(), w1_.data(), tl::dtype_of<T>, batch, hidden, in, {in, 0, false}, {hidden, 0, false});
    ask(h_.data(), w2_.data(), tl::dtype::f32, batch, out, hidden, {hidden, 0, false}, {out, 0, false});
    ask(d_.data(), w2_.data(), tl::dtype_of<T>, batch, hidden, out, {out, 0, false}, {out, 0, true});
    ask(h_.data(), d_.data(), tl::dtype::f32, hidden, out, batch, {hidden, 0, true}, {out, 0, false});
    ask(x_.data(), h_.data(), tl::dtype::f32, in, hidden, batch, {in, 0, true}, {hidden, 0, false});
    check(tl::device::cublas_library::create(&library_));
  }
  products_alone(const products_alone&) = delete;
  ~products_alone() { tl::device::cublas_library::destroy(library_); }

  void operator()() const {
    for (const auto& r : requests_) check(tl::device::cublas_library::product(library_, r, nullptr));
  }

 private:
  static void check(int code) {
    if (code != 0) std::fprintf(stderr, "cuBLASLt: error %d\n", code), std::exit(1);
  }
  operand<T> x_, h_, d_, w1_, w2_;
  bench::card_numbers y_;
  bench::card_array<std::byte> scratch_;
  std::vector<tl::device::product_request> requests_;
  void* library_ = nullptr;
};

template <class Backend, int Batch, int In, int Hidden, int Out> auto& session_of(bench::row& row, float most, bool compared) {
  using net = two_layers<Batch, In, Hidden, Out>;
  static auto session = tl::session<Backend>(net::loss, tl::optimizers::sgd(1e-6_c).minimize(net::loss));
  start(session[net::w1], 3, most), start(session[net::w2], 4, most);
  static const bench::card_numbers xs(std::int64_t(Batch) * In, 1), ys(std::int64_t(Batch) * Out, 2);
  static const auto run = [] { return session.run(net::x = tl::device_pointer(xs.data(), Batch, In), net::y = tl::device_pointer(ys.data(), Batch, Out)); };
  if (compared) bench::tell(row, run());
  return run;
}

template <class Backend> void small_step(bench::row& row) {
  const auto& run = session_of<Backend, 64, 1000, 100, 1000>(row, 0.07f, true);
  row.measure(two_layers<64, 1000, 100, 1000>::work, bench::side{"tapeless", [&] { run(); }});
}
template <class Backend, product_mode Mode> void large_step(bench::row& row) {
  const auto& run = session_of<Backend, 8192, 4096, 4096, 1024>(row, 0.01f, Mode == product_mode::f32);
  using stored = std::conditional_t<Mode == product_mode::bf16, tl::bfloat16, std::conditional_t<Mode == product_mode::f16, tl::float16, float>>;
  const products_alone<stored> products(8192, 4096, 4096, 1024, Mode);
  row.measure(two_layers<8192, 4096, 4096, 1024>::work, bench::side{"tapeless", [&] { run(); }}, bench::side{"cuBLASLt alone", [&] { products(); }});
}

/// Each epoch goes through all that there is to train on, in an order that the host gives, batch by batch; the images stay on
/// the card.
constexpr auto digits_net = tl::nn::sequential(tl::nn::dense<"hidden", 128>, tl::nn::relu, tl::nn::dense<"logits", 10>);
constexpr tl::placeholder<"images", float, "N"_d, digits::pixels> images;
constexpr tl::placeholder<"labels", std::int32_t, "N"_d> labels;
constexpr tl::placeholder<"order", std::int32_t, 32> order;
constexpr auto digits_loss = tl::losses::softmax_cross_entropy(digits_net(tl::gather(images, order)), 0.9_c * tl::one_hot<10>(tl::gather(labels, order)) + 0.01_c);
constexpr auto right = tl::sum(tl::cast<float>(tl::arg_max(digits_net(images)) == tl::cast<std::int64_t>(labels)));

void digits_epoch(bench::row& row) {
  const auto [train, held_out] = digits::split(digits::load(TAPELESS_EXAMPLE_DATA "/digits.txt"));
  auto session = tl::session<tl::cuda>(digits_loss, tl::optimizers::momentum(0.1_c, 0.9_c).minimize(digits_loss));
  session.initialize(0);
  const bench::card_array<float> pixels(train.images);
  const bench::card_array<std::int32_t> classes(train.labels);
  std::vector<std::vector<std::int32_t>> orders;
  for (std::uint64_t epoch = 0; epoch < 30; ++epoch) {
    const auto indices = digits::shuffled_order(train.size, epoch);
    orders.emplace_back(indices.begin(), indices.end());
  }
  std::size_t epoch = 0;
  const auto run = [&] {
    const auto& of_epoch = orders[epoch++ % orders.size()];
    for (std::int64_t first = 0; first + 32 <= train.size; first += 32) {
      session.run(images = tl::device_pointer(pixels.data(), train.size, digits::pixels), labels = tl::device_pointer(classes.data(), train.size), order = tl::view(of_epoch.data() + first, 32));
    }
  };
  for (int i = 0; i < 30; ++i) run();
  const auto [count] = session.run(tl::fetch(right), images = held_out.images, labels = held_out.labels);
  std::fprintf(stderr, "digits: %.2f %% of those held out are recognised after 30 epochs\n", 100 * static_cast<double>(count) / static_cast<double>(held_out.size));
  if (count < 0.97f * static_cast<float>(held_out.size)) std::exit(1);
  row.measure({}, bench::side{"tapeless", run});
}

}  // namespace

int main(int argc, char** argv) {
  bench::rows rows{{"gpu step 64x1000x100x1000", small_step<tl::cuda>}, {"gpu digits, an epoch", digits_epoch}};
  rows.emplace_back("gpu mlp step 8192x4096x4096x1024", large_step<tl::cuda_cublas<>, product_mode::f32>);
  rows.emplace_back("gpu mlp step 8192x4096x4096x1024 tf32", large_step<tl::cuda_cublas<product_mode::tf32>, product_mode::tf32>);
  rows.emplace_back("gpu mlp step 8192x4096x4096x1024 bf16", large_step<tl::cuda_cublas<product_mode::bf16>, product_mode::bf16>);
  return bench::serve_on_card(argc, argv, std::move(rows));
}
