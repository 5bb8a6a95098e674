#include "adapters/system/master_key.hpp"

#include <algorithm>

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include "events/kernel/hash.hpp"

namespace pakashop {
namespace {

constexpr std::size_t hex_digits = 64;
constexpr std::size_t id_bytes = 8;
constexpr std::string_view id_label = "pakashop.master_key.v1.id";
constexpr std::string_view wrap_label = "pakashop.data_key.v1:";

// What is wrong with the file's owner or mode; an empty text when nobody else can read it.
std::string complaint_about(int file) {
    struct stat about{};
    if (::fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) return "is not a file";
    if (about.st_uid != ::geteuid() && about.st_uid != 0) return "belongs to another user";
    if ((about.st_mode & 0177) != 0) return "may be read by others: its mode must be 0400";
    return {};
}

std::string wrapping_context(std::string_view key_name) {
    return std::string{wrap_label} + std::string{key_name};
}

}  // namespace

Result<MasterKey, std::string> MasterKey::load(const std::filesystem::path& path) {
    const std::string name = "the master key file " + path.native() + " ";
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return unexpected{name + "cannot be opened"};
    const std::string complaint = complaint_about(file);
    std::string text(hex_digits + 2, '\0');
    const ssize_t size = ::read(file, text.data(), text.size());
    ::close(file);
    if (!complaint.empty()) return unexpected{name + complaint};
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    if (text.size() == hex_digits + 1 && text.back() == '\n') text.pop_back();
    auto bytes = from_hex(text);
    OPENSSL_cleanse(text.data(), text.size());
    if (!bytes || bytes->size() != hex_digits / 2) {
        return unexpected{name + "does not hold 64 hexadecimal digits"};
    }
    const Digest id = hmac_sha256(*bytes, id_label);
    const std::span<const std::uint8_t, hex_digits / 2> key{bytes->data(), hex_digits / 2};
    auto keys = std::make_shared<SealingKeys>(key);
    OPENSSL_cleanse(bytes->data(), bytes->size());
    return MasterKey{to_hex(std::span{id}.first(id_bytes)), std::move(keys)};
}

std::string MasterKey::wrap(std::string_view key_name, const DataKey& key) const {
    return seal_box(*keys_, wrapping_context(key_name), text_of(key));
}

std::optional<DataKey> MasterKey::unwrap(std::string_view key_name, std::string_view wrapped)
    const {
    auto bytes = open_box(*keys_, wrapping_context(key_name), wrapped);
    DataKey key;
    if (!bytes || bytes->size() != key.size()) return std::nullopt;
    std::ranges::copy(bytes_of(*bytes), key.begin());
    OPENSSL_cleanse(bytes->data(), bytes->size());
    return key;
}

}  // namespace pakashop
