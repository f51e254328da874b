// Brings along functions of the standard library, whose names do not tell what they are compiled for.
#include <algorithm>
#include <vector>

namespace UNIT {
std::vector<double> sorted(const std::vector<double>& xs);
std::vector<double> sorted(const std::vector<double>& xs) {
  std::vector<double> all;
  for (auto x : xs) all.push_back(x * x);
  std::sort(all.begin(), all.end());
  return all;
}
}  // namespace UNIT
