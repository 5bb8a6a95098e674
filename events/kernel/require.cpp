#include "events/kernel/require.hpp"

#include <cstdio>
#include <cstdlib>

namespace pakashop {

void require(bool holds, std::string_view message, std::source_location where) {
    if (holds) [[likely]]
        return;
    std::fprintf(
        stderr,
        "bug: %.*s (%s:%u, %s)\n",
        static_cast<int>(message.size()),
        message.data(),
        where.file_name(),
        static_cast<unsigned>(where.line()),
        where.function_name()
    );
    std::abort();
}

}  // namespace pakashop
