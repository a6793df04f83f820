// Loaded before everything else (node -r), and written in old syntax: an old Node has to be able to say that it is one.
var version = process.versions.node.split('.').map(Number)
if (version[0] < 22 || (version[0] === 22 && version[1] < 18)) {
  console.error('Edge Auth needs Node.js 22.18 or newer; this is %s.', process.version)
  process.exit(1)
}
