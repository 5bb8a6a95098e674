#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "events/kernel/result.hpp"

namespace pakashop {

/// Writes JSON straight into a string: no tree, no copies. Text must be valid UTF-8.
class JsonWriter {
public:
    explicit JsonWriter(std::string& out) : out_{out} {}

    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }
    /// The name of the next value, one of our own: it needs no escaping.
    JsonWriter& key(std::string_view name);
    /// The same for a name that is data.
    JsonWriter& data_key(std::string_view name);
    JsonWriter& text(std::string_view value);
    JsonWriter& integer(std::int64_t value);
    JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
    JsonWriter& null() { return raw("null"); }
    /// A value that is JSON already.
    JsonWriter& raw(std::string_view json);

private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    void separate();
    void quote(std::string_view text);

    std::string& out_;
    bool comma_due_ = false;
};

/// One value inside a document parsed by JsonParser; valid until that parser parses again.
class JsonValue {
public:
    enum class Kind { null, boolean, integer, number, text, array, object };

    Kind kind() const;
    /// The value as that kind; nothing when it is of another kind (or an integer beyond int64).
    std::optional<bool> boolean() const;
    std::optional<std::int64_t> integer() const;
    std::optional<std::string_view> text() const;
    /// The member of that name of an object; the first, should a name stand twice.
    std::optional<JsonValue> member(std::string_view name) const;
    /// Visits an object's members, or an array's elements, in order; nothing for other kinds.
    void for_each_member(const std::function<void(std::string_view, JsonValue)>& visit) const;
    void for_each_element(const std::function<void(JsonValue)>& visit) const;
    /// The number of elements of an array or members of an object; 0 for other kinds.
    std::size_t size() const;
    /// The value as minified JSON.
    std::string dump() const;

private:
    friend class JsonParser;
    friend class JsonMembers;
    // A simdjson element: two words, trivially copyable. The library's header stays in json.cpp.
    alignas(8) std::byte element_[16];
};

/// Looks an object's members up by name, fastest in the order they were written: each search begins
/// behind the member found last. Valid as long as the value.
class JsonMembers {
public:
    /// `object` must be of kind object.
    explicit JsonMembers(JsonValue object);
    /// The member of that name; the first, should a name stand twice.
    std::optional<JsonValue> find(std::string_view name);

private:
    JsonValue object_;
    // simdjson iterators: two words each.
    alignas(8) std::byte next_[16];
    alignas(8) std::byte end_[16];
};

/// A reusable JSON parser (simdjson): strict RFC 8259, valid UTF-8 only, nesting of at most 1,024.
class JsonParser {
public:
    JsonParser();
    ~JsonParser();
    JsonParser(JsonParser&&) noexcept;
    JsonParser& operator=(JsonParser&&) noexcept;

    /// The root of `text`, which is copied; what is wrong with it otherwise.
    Result<JsonValue, std::string> parse(std::string_view text);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace pakashop
