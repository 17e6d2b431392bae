/**
 * Parts that HAProxy's configuration cannot express. It cannot read the names in a certificate's subject alternative name
 * extension (RFC 5280 section 4.2.1.6). A search for bytes in the certificate would be cheaper, but could not check that
 * there is exactly one URI, nor that the bytes are at the place for names. Lua reads the structure, once for each
 * certificate.
 *
 * - `lua.caller`: the one URI of a client's certificate; empty when there is none, or more than one.
 * - `lua.callee(URI,DOMAIN)`: `yes` when the server's certificate has exactly this URI, and a DNS name that is the
 *   requested server name or the wildcard of the domain; HAProxy itself would accept a common name.
 *
 * Its rules also do not see trailers: the filter `lua.trailers` refuses a request with the caller's header among its
 * trailers, because a target may treat trailers as headers (RFC 9110 section 6.5.1).
 */
export const identityScript = `-- Written by service-mirror.
local subjectAltName = "\\6\\3\\85\\29\\17"
local tags = { boolean = 0x01, octets = 0x04, dns = 0x82, uri = 0x86, extensions = 0xa3 }

-- One DER element: its tag, and the first and last byte of its content; nothing when it does not fit.
local function element(der, at, stop)
  if at + 1 > stop then return nil end
  local tag, size = der:byte(at, at + 1)
  local first = at + 2
  if size > 127 then
    local digits = size - 128
    if digits < 1 or digits > 3 or first + digits - 1 > stop then return nil end
    size = 0
    for _ = 1, digits do
      size = size * 256 + der:byte(first)
      first = first + 1
    end
  end
  local last = first + size - 1
  if last > stop then return nil end
  return tag, first, last
end

-- Visits all elements between two bytes; says whether they fill that space exactly.
local function each(der, first, last, visit)
  local at = first
  while at <= last do
    local tag, from, to = element(der, at, last)
    if not tag then return false end
    visit(tag, from, to, at)
    at = to + 1
  end
  return true
end

-- The URIs and DNS names of a certificate; nothing when it cannot be read to its end.
local function readNames(der)
  local names, readable = { uris = {}, dns = {} }, true
  local function check(good) readable = readable and good end
  local function name(tag, first, last)
    if tag == tags.uri then table.insert(names.uris, der:sub(first, last)) end
    if tag == tags.dns then table.insert(names.dns, der:sub(first, last):lower()) end
  end
  local function extension(_, first, last)
    local found = false
    check(each(der, first, last, function(tag, from, to, at)
      if at == first then found = der:sub(at, to) == subjectAltName end
      if not found or tag ~= tags.octets then return end
      local inner, start, stop = element(der, from, to)
      check(inner ~= nil and stop == to and each(der, start, stop, name))
    end))
  end
  local tag, first, last = element(der, 1, #der)
  if not tag then return nil end
  local body, from, to = element(der, first, last)
  if not body then return nil end
  check(each(der, from, to, function(kind, start, stop)
    if kind ~= tags.extensions then return end
    local list, head, tail = element(der, start, stop)
    check(list ~= nil and each(der, head, tail, extension))
  end))
  return readable and names or nil
end

-- The names in certificates that were read lately, since gateways show the same one again and again. Only what follows from a
-- certificate's bytes alone is remembered. A peer may show another one each time, and a long one with many names, so that
-- what is remembered is bounded.
local remembered, size = {}, 0

local function namesOf(der)
  local names = remembered[der]
  if names == nil then
    names = readNames(der) or false
    if size > 1000000 then remembered, size = {}, 0 end
    remembered[der], size = names, size + #der + (names and 50 * (#names.uris + #names.dns) or 0)
  end
  return names
end

local function callerOf(der)
  local names = der and namesOf(der)
  if not names or #names.uris ~= 1 or names.uris[1]:find("[^%w:/._-]") then return "" end
  return names.uris[1]
end

local function isCallee(der, asked, uri, domain)
  local names = namesOf(der)
  if not names or #names.uris ~= 1 or names.uris[1] ~= uri then return false end
  for _, name in ipairs(names.dns) do
    if name == asked or name == "*." .. domain then return true end
  end
  return false
end

-- "yes", "no", or "" while there is no connection to judge; a connection is judged once.
local function callee_of(txn, uri, domain)
  local known = txn:get_var("txn.callee")
  if known then return known end
  local der = txn.f:ssl_s_der()
  -- a certificate that fits into no buffer is not told, and there is one all the same
  if not der then return txn.f:ssl_s_sha1() and "no" or "" end
  local result = isCallee(der, txn:get_var("sess.name"), uri, domain) and "yes" or "no"
  txn:set_var("txn.callee", result)
  return result
end

core.register_fetches("caller", function(txn) return callerOf(txn.f:ssl_c_der()) end)
core.register_fetches("callee", callee_of)

local Trailers = { id = "trailers", flags = filter.FLT_CFG_FL_HTX }
Trailers.__index = Trailers

function Trailers:new() return setmetatable({}, Trailers) end

function Trailers:start_analyze(_, channel)
  if not channel:is_resp() then filter.register_data_filter(self, channel) end
end

-- Called when the message is complete, and its trailers, which come last and all at once, have not been sent yet.
function Trailers:http_end(txn, message)
  if message:is_resp() or txn.f:internal_htx_blk_type("tail") ~= "HTX_BLK_EOT" then return end
  local at, kind = 0, nil
  repeat
    kind = txn.f:internal_htx_blk_type(tostring(at))
    if kind == "HTX_BLK_TLR" then
      local name = txn.f:internal_htx_blk_hdrname(tostring(at)):lower():gsub("_", "-")
      if name == "x-forwarded-client-cert" then return filter.ERROR end
    end
    at = at + 1
  until kind == "HTX_BLK_EOT"
end

core.register_filter("trailers", Trailers, function(self) return self end)
`;
