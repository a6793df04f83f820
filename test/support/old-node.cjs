// Makes this process one of a Node that is too old, as far as a program can tell.
Object.defineProperty(process, 'version', { value: 'v22.17.1' })
Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.17.1' } })
