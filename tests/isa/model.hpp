// What model.cpp defines, in namespace UNIT: it is compiled in several ways, and included once for each.
#include <string_view>
#include <vector>

namespace UNIT {
std::vector<double> run(const std::vector<float>& xs, const std::vector<double>& ds);
int lanes();                      ///< floats in a register
std::string_view compiled_for();  ///< the name of a type of tapeless, as the linker sees it
void feed(std::size_t elements);  ///< of which 3 are right
}  // namespace UNIT
