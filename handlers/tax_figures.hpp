#pragma once

#include <atomic>
#include <cstdint>

#include "handlers/commit.hpp"

namespace pakashop {

/// How tax invoices went since the process began (ZRA-28, ZRA-30..ZRA-32): counted as the facts are
/// committed. `follow` is for one thread, the figures for any.
class TaxFigures {
public:
    void follow(const Commit& commit);

    std::uint64_t sent() const { return sent_; }
    /// Transmissions that came to nothing, those that are tried again included.
    std::uint64_t failed() const { return failed_; }
    std::uint64_t mocked() const { return mocked_; }
    /// Invoices that had to wait for a valid TPIN.
    std::uint64_t blocked() const { return blocked_; }

private:
    std::atomic<std::uint64_t> sent_{0};
    std::atomic<std::uint64_t> failed_{0};
    std::atomic<std::uint64_t> mocked_{0};
    std::atomic<std::uint64_t> blocked_{0};
};

}  // namespace pakashop
