#include "support/models/layer.hpp"

#include <tapeless/backend/reference/reference.hpp>

using namespace checks::layer;

TEST_CASE_TEMPLATE_INVOKE(as_a_graph, tl::simd, tl::reference);

TEST_CASE("variables begin as their initializers say, the same for the same seed") {
  auto session = tl::session<tl::simd>(h);
  session.initialize(7);
  const std::vector<float> first(session[W].data(), session[W].data() + session[W].size());
  CHECK(std::ranges::all_of(first, [](float v) { return v >= -1 && v < 1; }));
  CHECK(std::ranges::any_of(first, [](float v) { return v < -0.99f; }));
  CHECK(std::ranges::any_of(first, [](float v) { return v > 0.99f; }));
  CHECK(session[b](99) == 0);

  session.initialize(8);
  CHECK_FALSE(std::ranges::equal(first, std::span(session[W].data(), first.size())));
  session.initialize(7);
  CHECK(std::ranges::equal(first, std::span(session[W].data(), first.size())));
}
