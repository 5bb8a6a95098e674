#include "adapters/rocksdb/witness.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "adapters/rocksdb/disk.hpp"
#include "adapters/rocksdb/keys.hpp"
#include "events/kernel/require.hpp"

namespace pakashop {
namespace {

// Room for 1,024 partitions; slots lie far apart, so that a torn write cannot touch both.
constexpr std::size_t slot_bytes = 64 * 1024;
constexpr std::string_view magic = "PKW1";
constexpr std::size_t hash_bytes = 32;
constexpr std::size_t place_bytes = 8 + hash_bytes;
constexpr mode_t owner_only = 0600;

bool write_all(int file, std::string_view bytes, std::size_t at) {
    while (!bytes.empty()) {
        const ssize_t done = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(at));
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(done));
        at += static_cast<std::size_t>(done);
    }
    return true;
}

std::string read_slot(int file, std::size_t number) {
    std::string bytes(slot_bytes, '\0');
    std::size_t size = 0;
    while (size < bytes.size()) {
        const ssize_t done = ::pread(
            file,
            bytes.data() + size,
            bytes.size() - size,
            static_cast<off_t>(number * slot_bytes + size)
        );
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) break;
        size += static_cast<std::size_t>(done);
    }
    bytes.resize(size);
    return bytes;
}

std::optional<WitnessSlot> newest_slot(int file) {
    auto first = decode_slot(read_slot(file, 0));
    auto second = decode_slot(read_slot(file, 1));
    if (!first) return second;
    if (!second) return first;
    return first->counter > second->counter ? first : second;
}

std::string slot_at(const WitnessSlot& slot) {
    std::string bytes = encode_slot(slot);
    require(bytes.size() <= slot_bytes, "a witness slot has room for every partition");
    return bytes;
}

// Takes the first `size` bytes off `rest`; false when there are fewer.
bool take(std::string_view& rest, std::size_t size, std::string_view& out) {
    if (rest.size() < size) return false;
    out = rest.substr(0, size);
    rest.remove_prefix(size);
    return true;
}

std::size_t small_number(std::string_view two_bytes) {
    return static_cast<std::size_t>(static_cast<std::uint8_t>(two_bytes[0])) << 8 |
           static_cast<std::uint8_t>(two_bytes[1]);
}

}  // namespace

std::string encode_slot(const WitnessSlot& slot) {
    std::string out{magic};
    log_keys::append_number(out, slot.counter);
    log_keys::append_number(out, static_cast<std::uint16_t>(slot.generation.size()));
    out += slot.generation;
    log_keys::append_number(out, static_cast<std::uint16_t>(slot.places.size()));
    for (const Place& place : slot.places) {
        log_keys::append_number(out, place.seq);
        out += text_of(place.head);
    }
    out += text_of(sha256(out));
    return out;
}

std::optional<WitnessSlot> decode_slot(std::string_view bytes) {
    std::string_view rest = bytes;
    std::string_view part;
    if (!take(rest, magic.size(), part) || part != magic) return std::nullopt;
    WitnessSlot slot;
    if (!take(rest, 8, part)) return std::nullopt;
    slot.counter = log_keys::read_number(part);
    if (!take(rest, 2, part) || !take(rest, small_number(part), part)) return std::nullopt;
    slot.generation = part;
    if (!take(rest, 2, part)) return std::nullopt;
    const std::size_t count = small_number(part);
    std::string_view places;
    if (!take(rest, count * place_bytes, places)) return std::nullopt;
    const std::string_view content = bytes.substr(0, bytes.size() - rest.size());
    if (!take(rest, hash_bytes, part) || part != text_of(sha256(content))) return std::nullopt;
    for (; !places.empty(); places.remove_prefix(place_bytes)) {
        Place& place = slot.places.emplace_back();
        place.seq = log_keys::read_number(places);
        const auto head = bytes_of(places.substr(8, hash_bytes));
        std::copy(head.begin(), head.end(), place.head.begin());
    }
    return slot;
}

// Written under another name and linked into place: the file is whole or not there, and of two
// processes that create it at once, one loses.
Result<Witness, WitnessFailure> Witness::create(
    const std::filesystem::path& path,
    std::string_view generation,
    std::vector<Place> places
) {
    const std::filesystem::path draft{path.native() + ".new"};
    const int file = ::open(draft.c_str(), O_RDWR | O_CREAT | O_DSYNC | O_CLOEXEC, owner_only);
    if (file < 0) return unexpected{WitnessFailure::unavailable};
    Witness witness{file, {std::string{generation}, 1, std::move(places)}};
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) return unexpected{WitnessFailure::locked};
    // The file gets its full size at once: a later slot then writes data only, no metadata.
    std::string bytes(2 * slot_bytes, '\0');
    const std::string slot = slot_at(witness.newest_);
    bytes.replace(0, slot.size(), slot);
    bytes.replace(slot_bytes, slot.size(), slot);
    if (!write_all(file, bytes, 0) || ::fsync(file) != 0) {
        return unexpected{WitnessFailure::unavailable};
    }
    const bool linked = ::link(draft.c_str(), path.c_str()) == 0;
    const bool taken = !linked && errno == EEXIST;
    ::unlink(draft.c_str());
    if (taken) return unexpected{WitnessFailure::locked};
    if (!linked || !sync_parent_of(path)) return unexpected{WitnessFailure::unavailable};
    return witness;
}

Result<Witness, WitnessFailure> Witness::open(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_DSYNC | O_CLOEXEC);
    if (file < 0) {
        const bool missing = errno == ENOENT;
        return unexpected{missing ? WitnessFailure::missing : WitnessFailure::unavailable};
    }
    Witness witness{file, {}};
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) return unexpected{WitnessFailure::locked};
    auto newest = newest_slot(file);
    if (!newest) return unexpected{WitnessFailure::damaged};
    witness.newest_ = *std::move(newest);
    return witness;
}

Result<WitnessSlot, WitnessFailure> Witness::peek(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        const bool missing = errno == ENOENT;
        return unexpected{missing ? WitnessFailure::missing : WitnessFailure::unavailable};
    }
    auto newest = newest_slot(file);
    ::close(file);
    if (!newest) return unexpected{WitnessFailure::damaged};
    return *std::move(newest);
}

Witness::Witness(Witness&& other) noexcept
    : file_{std::exchange(other.file_, -1)}, newest_{std::move(other.newest_)} {}

Witness::~Witness() {
    if (file_ >= 0) ::close(file_);
}

// The older slot is overwritten; only when that has succeeded does it become the newest.
bool Witness::write(std::span<const Place> places) {
    const std::uint64_t counter = newest_.counter + 1;
    WitnessSlot next{newest_.generation, counter, {places.begin(), places.end()}};
    if (!write_all(file_, slot_at(next), counter % 2 * slot_bytes)) return false;
    newest_ = std::move(next);
    return true;
}

}  // namespace pakashop
