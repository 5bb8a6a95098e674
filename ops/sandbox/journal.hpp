/// The ledger file: lines appended, synced in groups, read back at start.
#pragma once

#include <condition_variable>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace pakashop::sandbox {

/// One append-only file with a thread of its own that writes and syncs. `append` may be called
/// from any thread; what is appended first is durable first.
class Journal {
public:
    /// Called on the journal's thread once everything up to this append is on disk; false when the
    /// disk has failed, after which nothing will be written any more.
    using Durable = std::function<void(bool good)>;

    /// Opens or makes `file` and locks it against a second sandbox. What was written of a last
    /// line without its end is cut off. Every whole line goes to `replay`; one it refuses ends the
    /// opening. The error is a sentence for people.
    [[nodiscard]] static std::expected<std::unique_ptr<Journal>, std::string>
    open(const std::filesystem::path& file, const std::function<bool(std::string_view)>& replay);

    /// Writes what is still waiting.
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// Puts lines (without newlines) at the end. No lines at all: waits for those before.
    void append(const std::vector<std::string>& lines, Durable then);

private:
    explicit Journal(int descriptor);
    void run();
    [[nodiscard]] bool write_out(std::string_view bytes) const;

    int descriptor_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::string waiting_bytes_;
    std::vector<Durable> waiting_;
    bool stopping_ = false;
    std::thread writer_;
};

}  // namespace pakashop::sandbox
