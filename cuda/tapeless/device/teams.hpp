#pragma once
#include <tapeless/device/block.hpp>

namespace tapeless::inline TAPELESS_ABI::device {

/// Combines the values of each team of neighbouring threads, a power of two of them, in a fixed order; all members get the
/// result. `exchange`: shared memory, for an element of each warp.
template <class Block, class T, class F> TAPELESS_HOST_DEVICE void reduce_team(const Block& block, typename Block::template per_thread<T>& x, int team, std::byte* exchange, F combine) {
  if (team < warp) return block.reduce_neighbours(x, team, combine);
  block.template reduce_neighbours<warp>(x, combine);
  if (team == warp) return;
  T* const all = reinterpret_cast<T*>(exchange);
  block.barrier();  // what stood there has been read
  block.each([&](int t) {
    if (t % warp == 0) all[t / warp] = x[t];
  });
  block.barrier();
  block.each([&](int t) {
    const int warps = team / warp, first = t / team * warps;
    T total = all[first];
    for (int w = 1; w < warps; ++w) total = combine(total, all[first + w]);
    x[t] = total;
  });
}

/// The same for threads that stand `lanes` apart; there are `lanes * members` of them. `exchange`: for an element of each thread.
template <class Block, class T, class F>
TAPELESS_HOST_DEVICE void reduce_members(const Block& block, typename Block::template per_thread<T>& x, int lanes, int members, std::byte* exchange, F combine) {
  T* const all = reinterpret_cast<T*>(exchange);
  for (int distance = members / 2; distance > 0; distance /= 2) {
    block.barrier();
    block.each([&](int t) {
      if (const int m = t / lanes; m >= distance && m < 2 * distance) all[t] = x[t];
    });
    block.barrier();
    block.each([&](int t) {
      if (t / lanes < distance) x[t] = combine(x[t], all[t + distance * lanes]);
    });
  }
  if (members == 1) return;
  block.barrier();
  block.each([&](int t) {
    if (t < lanes) all[t] = x[t];
  });
  block.barrier();
  block.each([&](int t) { x[t] = all[t % lanes]; });
}

}  // namespace tapeless::device
