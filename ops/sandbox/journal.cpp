#include "ops/sandbox/journal.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

namespace pakashop::sandbox {
namespace {

/// Closes a descriptor unless it is given away.
class Descriptor {
public:
    explicit Descriptor(int value) : value_{value} {}
    ~Descriptor() {
        if (value_ >= 0) ::close(value_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] int get() const { return value_; }
    [[nodiscard]] int give() { return std::exchange(value_, -1); }

private:
    int value_;
};

std::unexpected<std::string> failure(const std::filesystem::path& file, std::string_view what) {
    return std::unexpected{fmt::format("{}: {}: {}", file.string(), what, std::strerror(errno))};
}

/// Reads the file in pieces, hands over each whole line, and returns where the last one ends; -1
/// when reading fails, and the number of the refused line in `refused` when there is one.
off_t replay_lines(
    int descriptor,
    const std::function<bool(std::string_view)>& replay,
    std::size_t& refused
) {
    std::string pending;
    std::string piece(1 << 20, '\0');
    off_t end = 0;
    std::size_t line_number = 0;
    for (;;) {
        const ssize_t size = ::read(descriptor, piece.data(), piece.size());
        if (size < 0) return -1;
        if (size == 0) return end;
        pending.append(piece, 0, static_cast<std::size_t>(size));
        std::size_t from = 0;
        for (auto stop = pending.find('\n'); stop != std::string::npos;
             stop = pending.find('\n', from)) {
            ++line_number;
            if (!replay(std::string_view{pending}.substr(from, stop - from))) {
                refused = line_number;
                return end;
            }
            end += static_cast<off_t>(stop + 1 - from);
            from = stop + 1;
        }
        pending.erase(0, from);
    }
}

}  // namespace

std::expected<std::unique_ptr<Journal>, std::string> Journal::open(
    const std::filesystem::path& file,
    const std::function<bool(std::string_view)>& replay
) {
    constexpr mode_t owner_only = 0600;
    Descriptor opened{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, owner_only)};
    if (opened.get() < 0) return failure(file, "cannot be opened");
    if (::flock(opened.get(), LOCK_EX | LOCK_NB) != 0) {
        return failure(file, "is in use by another sandbox");
    }
    std::size_t refused = 0;
    const off_t end = replay_lines(opened.get(), replay, refused);
    if (end < 0) return failure(file, "cannot be read");
    if (refused != 0) {
        return std::unexpected{fmt::format("{}: line {} is damaged", file.string(), refused)};
    }
    const bool ready =
        ::ftruncate(opened.get(), end) == 0 && ::lseek(opened.get(), end, SEEK_SET) == end;
    if (!ready) return failure(file, "cannot be cut to its last whole line");
    return std::unique_ptr<Journal>{new Journal{opened.give()}};
}

Journal::Journal(int descriptor) : descriptor_{descriptor}, writer_{[this] { run(); }} {}

Journal::~Journal() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_one();
    writer_.join();
    ::close(descriptor_);
}

void Journal::append(const std::vector<std::string>& lines, Durable then) {
    {
        const std::lock_guard lock{mutex_};
        for (const auto& line : lines) (waiting_bytes_ += line) += '\n';
        waiting_.push_back(std::move(then));
    }
    wake_.notify_one();
}

void Journal::run() {
    bool good = true;
    std::unique_lock lock{mutex_};
    for (;;) {
        wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (waiting_.empty()) return;  // Stopping, and nothing is left to write.
        const std::string bytes = std::exchange(waiting_bytes_, {});
        const auto waiting = std::exchange(waiting_, {});
        lock.unlock();
        if (!bytes.empty()) good = good && write_out(bytes);
        for (const auto& durable : waiting) durable(good);
        lock.lock();
    }
}

bool Journal::write_out(std::string_view bytes) const {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fdatasync(descriptor_) == 0;
}

}  // namespace pakashop::sandbox
